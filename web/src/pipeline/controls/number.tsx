// A number: a field, and a slider if there are not too many values.
import './number.css';
import { useId, useState } from 'preact/hooks';
import type { Param } from '../catalogue';
import { checkValue } from '../text';
import type { ControlProps } from './props';
import { minOf, scaleOf, stepOf } from './scale';

// The keyboard of a phone. Numeric ones have no minus key.
const inputMode = ({ kind, min }: Param) =>
  min < 0 ? undefined : kind === 'int' || kind === 'odd' ? 'numeric' : 'decimal';

interface FieldProps extends ControlProps {
  id: string;
  onError(error: string): void;
}

// The typed text stays as it is until the field loses the focus, valid or not.
export function NumberField({ operation, param, value, change, id, onError }: FieldProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const error = typed === null ? '' : checkValue(operation, param, typed);
  // The slider may have changed the value since.
  const current = typed !== null && (error || Number(typed) === Number(value));
  return (
    <span class="field-number">
      <input
        id={id}
        type="number"
        inputMode={inputMode(param)}
        min={minOf(param)}
        max={param.max}
        step={stepOf(param)}
        value={current ? typed : value}
        aria-invalid={error !== ''}
        aria-describedby={error ? `${id}-error` : undefined}
        data-testid={`param-${param.name}`}
        onInput={(event) => {
          const text = event.currentTarget.value;
          const problem = checkValue(operation, param, text);
          setTyped(text);
          onError(problem);
          if (!problem) change(text);
        }}
        onBlur={() => {
          setTyped(null);
          onError('');
        }}
      />
      {param.unit && <span class="unit">{param.unit}</span>}
    </span>
  );
}

export function ParamError({ id, error }: { id: string; error: string }) {
  if (!error) return null;
  return (
    <p class="field-error" id={`${id}-error`} role="alert">
      {error}
    </p>
  );
}

function Slider({ param, value, change }: ControlProps) {
  const scale = scaleOf(param);
  if (!scale) return null;
  const part = (number: number) => (scale.position(number) - scale.min) / (scale.max - scale.min);
  const [zero, now] = [param.min < 0 ? part(0) : -1, part(Number(value))];
  return (
    <input
      type="range"
      min={scale.min}
      max={scale.max}
      step={scale.step}
      value={scale.position(Number(value))}
      style={{ '--from': Math.min(zero, now), '--to': Math.max(zero, now) }}
      aria-label={param.title}
      aria-valuetext={`${value} ${param.unit}`.trim()}
      data-testid={`slide-${param.name}`}
      onInput={(event) => change(String(scale.value(Number(event.currentTarget.value))))}
    />
  );
}

// Adds a quarter turn, and wraps the angle to the parameter's range.
function QuarterTurns({ param, value, change }: ControlProps) {
  const rotate = (by: number) => {
    const angle = Number(value) + by;
    change(String(angle > param.max ? angle - 360 : angle < param.min ? angle + 360 : angle));
  };
  return (
    <div class="rotate-buttons">
      {[-90, 90].map((by) => (
        <button
          key={by}
          type="button"
          class="chip"
          onClick={() => rotate(by)}
          aria-label={by < 0 ? 'A quarter turn clockwise' : 'A quarter turn counter-clockwise'}
          title={by < 0 ? 'A quarter turn clockwise' : 'A quarter turn counter-clockwise'}
          data-testid={`turn-${param.name}${by}`}
        >
          {by < 0 ? '↻ −90°' : '↺ +90°'}
        </button>
      ))}
    </div>
  );
}

export function NumberControl(props: ControlProps) {
  const { param, value, inactive, half } = props;
  const id = useId();
  const [error, setError] = useState('');
  const hasSlider = scaleOf(param) !== null;
  const zero = param.zero && (
    <small class={Number(value) === 0 ? 'field-hint selected' : 'field-hint'}>
      {half ? param.zero : `0: ${param.zero}`}
    </small>
  );
  return (
    <div class={`field${half ? ' half-width' : ''}${inactive ? ' inactive' : ''}`}>
      <label for={id}>
        {param.title} {!half && zero}
      </label>
      <NumberField {...props} id={id} onError={setError} />
      {half && zero}
      {hasSlider && <Slider {...props} />}
      {param.unit === '°' && <QuarterTurns {...props} />}
      <ParamError id={id} error={error} />
    </div>
  );
}
