// Two numbers that are the ends of a range, such as thresholds of edges: two fields, and a slider with two thumbs.
import './range.css';
import { useId, useState } from 'preact/hooks';
import type { Param } from '../catalogue';
import { NumberField, ParamError } from './number';
import type { ControlProps } from './props';
import { scaleOf } from './scale';

export function isRange(low: Param | undefined, high: Param | undefined): boolean {
  if (low?.name !== 'low' || high?.name !== 'high') return false;
  return low.kind === high.kind && low.min === high.min && low.max === high.max && scaleOf(low) !== null;
}

interface Props {
  low: ControlProps;
  high: ControlProps;
}

function End({ props, id, onError }: { props: ControlProps; id: string; onError(error: string): void }) {
  return (
    <span class="range-end">
      <label for={id}>{props.param.title}</label>
      <NumberField {...props} id={id} onError={onError} />
    </span>
  );
}

export function RangeControl({ low, high }: Props) {
  const id = useId();
  const [errors, setErrors] = useState(['', '']);
  const scale = scaleOf(low.param);
  if (!scale) return null;
  const [from, to] = [Number(low.value), Number(high.value)];
  const part = (value: number) => (value - scale.min) / (scale.max - scale.min);
  // A thumb moves the other one where they meet.
  const slide = (end: ControlProps, text: string) => {
    end.change(text);
    const value = Number(text);
    if (end === low && value > to) high.change(text);
    if (end === high && value < from) low.change(text);
  };
  return (
    <div class="field range">
      <End props={low} id={`${id}-low`} onError={(error) => setErrors([error, errors[1]])} />
      <End props={high} id={`${id}-high`} onError={(error) => setErrors([errors[0], error])} />
      <div
        class="range-slider"
        style={{ '--from': part(Math.min(from, to)), '--to': part(Math.max(from, to)) }}
      >
        {[low, high].map((end) => (
          <input
            key={end.param.name}
            type="range"
            min={scale.min}
            max={scale.max}
            step={scale.step}
            value={end.value}
            aria-label={end.param.title}
            // When both thumbs are at the right end, only the lower one can move.
            class={end === low && from > (scale.min + scale.max) / 2 ? 'on-top' : ''}
            data-testid={`slide-${end.param.name}`}
            onInput={(event) => slide(end, event.currentTarget.value)}
          />
        ))}
      </div>
      <ParamError id={`${id}-low`} error={errors[0]} />
      <ParamError id={`${id}-high`} error={errors[1]} />
    </div>
  );
}
