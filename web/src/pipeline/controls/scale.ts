// Maps numbers to slider positions: linearly, or logarithmically for factors from far below 1 to far above.
import type { Param } from '../catalogue';

export interface Scale {
  min: number; // positions
  max: number;
  step: number;
  position(value: number): number;
  value(position: number): number;
}

// A parameter with more positions has no slider.
const MAX_POSITIONS = 2000;
const FACTOR_POSITIONS = 400;

export const stepOf = ({ kind, min, max }: Param): number => {
  if (kind === 'odd') return 2;
  if (kind === 'int') return 1;
  const range = max - min;
  return range <= 10 ? 0.01 : range <= 100 ? 0.1 : 1;
};

export const minOf = ({ kind, min }: Param) => (kind === 'odd' && min % 2 === 0 ? min + 1 : min);

function factors(min: number, max: number): Scale {
  const stepSize = Math.log(max / min) / FACTOR_POSITIONS;
  const position = (value: number) => Math.log(Math.max(value, min) / min) / stepSize;
  // So that 0.5, 1 and 2 can be selected exactly.
  const round = (value: number) => [0.5, 1, 2].find((one) => Math.abs(Math.log(one / value)) < stepSize / 2);
  return {
    min: 0,
    max: FACTOR_POSITIONS,
    step: 1,
    position: (value) => Math.round(position(value)),
    value: (at) => {
      if (at >= FACTOR_POSITIONS) return max;
      const value = min * Math.exp(at * stepSize);
      return round(value) ?? Number(value.toPrecision(3));
    },
  };
}

// Null if there are too many values for a slider.
export function scaleOf(param: Param): Scale | null {
  const { kind, max } = param;
  const min = minOf(param);
  if (kind === 'real' && min > 0 && min < 1 && max > 1 && max / min >= 20) return factors(min, max);
  const step = stepOf(param);
  if ((max - min) / step > MAX_POSITIONS) return null;
  const identity = (value: number) => value;
  return { min, max, step, position: identity, value: identity };
}
