// Controls that choose one or several names: a switch, segments, tiles with colour ramps, or chips.
import './choice.css';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Radio } from '../../ui/radio';
import { colourRamp } from './colour_ramp';
import type { ControlProps } from './props';

// The colours that an operation gives to the greys from black to white.
function Ramp({ pipeline }: { pipeline: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let mounted = true;
    void colourRamp(pipeline).then((image) => {
      if (mounted && image) canvas.current?.getContext('2d')?.putImageData(image, 0, 0);
    });
    return () => {
      mounted = false;
    };
  }, [pipeline]);
  return <canvas class="colour-ramp" ref={canvas} width={256} height={1} aria-hidden="true" />;
}

const isColour = (name: string) => CSS.supports('color', name);

export function ChoiceControl({ operation, param, value, inactive, change }: ControlProps) {
  const id = useId();
  const ramps = operation.name === 'heatmap';
  const colours = param.choices.every(isColour);
  const form = ramps ? 'colour-ramps' : param.choices.length <= 3 ? 'segmented-control' : 'chips';
  return (
    <div class={inactive ? 'field inactive' : 'field'}>
      <span class="field-label" id={id}>
        {param.title}
      </span>
      <div class={form} role="radiogroup" aria-labelledby={id} data-testid={`param-${param.name}`}>
        {param.choices.map((choice) => (
          <Radio
            key={choice}
            name={id}
            value={choice}
            checked={choice === value}
            class={form === 'chips' ? 'chip' : ''}
            select={() => change(choice)}
          >
            {ramps && <Ramp pipeline={`${operation.name} ${param.name}=${choice}`} />}
            {colours && <i class="colour-swatch" style={{ background: choice }} />}
            <span class="choice-name">{choice}</span>
          </Radio>
        ))}
      </div>
    </div>
  );
}

export function SwitchControl({ param, value, inactive, change }: ControlProps) {
  return (
    <label class={inactive ? 'field switch inactive' : 'field switch'}>
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

export function SetControl({ param, value, change }: ControlProps) {
  const all = value.split(',').includes('all');
  const chosen = new Set(value.split(','));
  const toggle = (choice: string) => {
    const next = new Set(all ? [] : chosen);
    if (!next.delete(choice)) next.add(choice);
    const names = param.choices.filter((name) => next.has(name));
    change(names.length === 0 || names.length === param.choices.length ? 'all' : names.join(','));
  };
  return (
    <fieldset class="field set" data-testid={`param-${param.name}`}>
      <legend>{param.title}</legend>
      <button
        type="button"
        class={all ? 'chip selected' : 'chip'}
        aria-pressed={all}
        onClick={() => change('all')}
      >
        all
      </button>
      {param.choices.map((choice) => {
        const on = !all && chosen.has(choice);
        return (
          <button
            key={choice}
            type="button"
            class={on ? 'chip selected' : 'chip'}
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
