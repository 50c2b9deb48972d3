// One control per parameter, made from its description in the operation table.
import { useId, useState } from 'preact/hooks';
import type { Operation, Param } from './catalogue';
import { checkValue } from './text';

interface Props {
  operation: Operation;
  param: Param;
  value: string;
  change(value: string): void;
}

// Beyond this many positions a slider is of no use.
const MAX_SLIDER = 2000;

function stepOf(param: Param): number {
  if (param.kind === 'odd') return 2;
  if (param.kind === 'int') return 1;
  const range = param.max - param.min;
  return range <= 10 ? 0.01 : range <= 100 ? 0.1 : 1;
}

function NumberControl({ operation, param, value, change }: Props) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const error = typed === null ? '' : checkValue(operation, param, typed);
  const step = stepOf(param);
  const first = param.kind === 'odd' && param.min % 2 === 0 ? param.min + 1 : param.min;
  const slider = (param.max - param.min) / step <= MAX_SLIDER;
  const filled = ((Number(value) - first) / (param.max - first)) * 100;
  const type = (text: string) => {
    setTyped(text);
    if (!checkValue(operation, param, text)) change(text);
  };
  return (
    <div class="param">
      <label for={id}>{param.title}</label>
      <span class="param-number">
        <input
          id={id}
          type="number"
          inputMode={param.kind === 'real' ? 'decimal' : 'numeric'}
          min={first}
          max={param.max}
          step={param.kind === 'real' ? 'any' : step}
          value={typed ?? value}
          aria-invalid={error !== ''}
          aria-describedby={error ? `${id}-error` : undefined}
          data-testid={`param-${param.name}`}
          onInput={(event) => type(event.currentTarget.value)}
          onBlur={() => setTyped(null)}
        />
        {param.unit && <span class="unit">{param.unit}</span>}
      </span>
      {slider && (
        <input
          type="range"
          min={first}
          max={param.max}
          step={step}
          value={value}
          style={{ '--filled': `${filled}%` }}
          aria-label={param.title}
          onInput={(event) => {
            setTyped(null);
            change(event.currentTarget.value);
          }}
        />
      )}
      {error && (
        <p class="param-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

function ChoiceControl({ param, value, change }: Props) {
  const id = useId();
  return (
    <div class="param">
      <label for={id}>{param.title}</label>
      <select
        id={id}
        value={value}
        onChange={(event) => change(event.currentTarget.value)}
        data-testid={`param-${param.name}`}
      >
        {param.choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    </div>
  );
}

function SetControl({ param, value, change }: Props) {
  const all = value.split(',').includes('all');
  const chosen = new Set(value.split(','));
  const toggle = (choice: string) => {
    const next = new Set(all ? [] : chosen);
    if (!next.delete(choice)) next.add(choice);
    const names = param.choices.filter((name) => next.has(name));
    change(names.length === 0 || names.length === param.choices.length ? 'all' : names.join(','));
  };
  return (
    <fieldset class="param set">
      <legend>{param.title}</legend>
      <button type="button" class={all ? 'chip on' : 'chip'} aria-pressed={all} onClick={() => change('all')}>
        all
      </button>
      {param.choices.map((choice) => {
        const on = !all && chosen.has(choice);
        return (
          <button
            key={choice}
            type="button"
            class={on ? 'chip on' : 'chip'}
            aria-pressed={on}
            onClick={() => toggle(choice)}
          >
            {choice}
          </button>
        );
      })}
    </fieldset>
  );
}

export function Control(props: Props) {
  switch (props.param.kind) {
    case 'choice':
      return props.param.choices.length === 2 && props.param.choices.includes('yes') ? (
        <SwitchControl {...props} />
      ) : (
        <ChoiceControl {...props} />
      );
    case 'set':
      return <SetControl {...props} />;
    default:
      return <NumberControl {...props} />;
  }
}

function SwitchControl({ param, value, change }: Props) {
  return (
    <label class="param switch">
      {param.title}
      <input
        type="checkbox"
        role="switch"
        checked={value === 'yes'}
        data-testid={`param-${param.name}`}
        onChange={(event) => change(event.currentTarget.checked ? 'yes' : 'no')}
      />
    </label>
  );
}
