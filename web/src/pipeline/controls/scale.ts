// How a number lies on a slider: evenly, or, for factors from far below one to far above, by its logarithm.
import type { Param } from '../catalogue';

export interface Scale {
  min: number; // positions
  max: number;
  step: number;
  position(value: number): number;
  value(position: number): number;
}

// Beyond this many positions a slider is of no use.
const MAX_POSITIONS = 2000;
const FACTOR_POSITIONS = 400;

export const stepOf = ({ kind, min, max }: Param): number => {
  if (kind === 'odd') return 2;
  if (kind === 'int') return 1;
  const range = max - min;
  return range <= 10 ? 0.01 : range <= 100 ? 0.1 : 1;
};

export const leastOf = ({ kind, min }: Param) => (kind === 'odd' && min % 2 === 0 ? min + 1 : min);

function factors(min: number, max: number): Scale {
  const turn = Math.log(max / min) / FACTOR_POSITIONS;
  const position = (value: number) => Math.log(Math.max(value, min) / min) / turn;
  // So that one, and its half and double, can be met exactly.
  const round = (value: number) => [0.5, 1, 2].find((one) => Math.abs(Math.log(one / value)) < turn / 2);
  return {
    min: 0,
    max: FACTOR_POSITIONS,
    step: 1,
    position: (value) => Math.round(position(value)),
    value: (at) => {
      if (at >= FACTOR_POSITIONS) return max;
      const value = min * Math.exp(at * turn);
      return round(value) ?? Number(value.toPrecision(3));
    },
  };
}

// Null when there are too many values for a slider.
export function scaleOf(param: Param): Scale | null {
  const { kind, max } = param;
  const min = leastOf(param);
  if (kind === 'real' && min > 0 && min < 1 && max > 1 && max / min >= 20) return factors(min, max);
  const step = stepOf(param);
  if ((max - min) / step > MAX_POSITIONS) return null;
  const same = (value: number) => value;
  return { min, max, step, position: same, value: same };
}
