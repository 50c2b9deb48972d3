// A kernel as a square of numbers: sizes, well-known kernels, and a field for each weight.
import { useId, useRef, useState } from 'preact/hooks';
import type { Param } from '../catalogue';
import { checkValue } from '../text';
import type { ControlProps } from './control';
import { KERNELS, type Kernel, normalized, resized, sum } from './kernels';
import { ParamError } from './number';

// What a field has room for; all digits are shown where it has the focus.
function short(text: string, room: number): string {
  if (text.length <= room) return text;
  const value = Number(text);
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential(0);
  return String(Number(value.toPrecision(room > 6 ? 4 : 3))).replace(/^(-?)0\./, '$1.');
}

const MOVES: Record<string, [number, number]> = { ArrowUp: [0, -1], ArrowDown: [0, 1], Enter: [0, 1] };

interface GridProps extends ControlProps {
  id: string;
  onError(error: string): void;
}

function Grid({ operation, param, value, change, id, onError }: GridProps) {
  const grid = useRef<HTMLDivElement>(null);
  const fresh = useRef(false);
  const [draft, setDraft] = useState<{ at: number; text: string; wrong: boolean } | null>(null);
  const texts = value.split(',');
  const size = Math.sqrt(texts.length);
  const room = size === 3 ? 8 : size === 5 ? 6 : 5;
  const name = (i: number) => `Row ${Math.floor(i / size) + 1}, column ${(i % size) + 1}`;
  const type = (at: number, text: string) => {
    const next = texts.map((old, i) => (i === at ? text.trim() : old)).join(',');
    const error = checkValue(operation, param, next);
    setDraft({ at, text, wrong: error !== '' });
    onError(error);
    if (!error) change(next);
  };
  const leave = () => {
    setDraft(null);
    onError('');
  };
  // A whole kernel, as it stands in a program or a table.
  const paste = (event: ClipboardEvent) => {
    const numbers = event.clipboardData?.getData('text').match(/[-+]?[\d.]+(e[-+]?\d+)?/gi) ?? [];
    if (numbers.length < 2 || checkValue(operation, param, numbers.join(','))) return;
    event.preventDefault();
    leave();
    change(numbers.join(','));
  };
  const move = (event: KeyboardEvent, at: number) => {
    const by = MOVES[event.key];
    if (!by) return;
    event.preventDefault();
    grid.current?.querySelectorAll('input')[at + by[1] * size]?.focus();
  };
  return (
    <div
      class={size === 7 ? 'kernel-grid seven' : 'kernel-grid'}
      style={{ '--size': size }}
      ref={grid}
      onPaste={paste}
      data-testid={`param-${param.name}`}
    >
      {texts.map((text, i) => {
        const mine = draft?.at === i ? draft : null;
        const zero = Number(text) === 0;
        return (
          <input
            key={`${size} ${i}`}
            type="text"
            inputMode={param.min < 0 ? 'text' : 'decimal'}
            autocomplete="off"
            class={`${zero ? 'none' : ''}${2 * i + 1 === texts.length ? ' middle' : ''}`}
            value={mine?.text ?? short(text, room)}
            title={text}
            aria-label={name(i)}
            aria-invalid={mine?.wrong ?? false}
            aria-describedby={mine?.wrong ? `${id}-error` : undefined}
            onFocus={(event) => {
              setDraft({ at: i, text, wrong: false });
              event.currentTarget.value = text; // at once, so that the selection stays
              event.currentTarget.select();
              fresh.current = true;
            }}
            onClick={(event) => {
              // The click that brought the focus has set the caret since.
              if (fresh.current) event.currentTarget.select();
              fresh.current = false;
            }}
            onInput={(event) => type(i, event.currentTarget.value)}
            onKeyDown={(event) => move(event, i)}
            onBlur={leave}
          />
        );
      })}
    </div>
  );
}

function Sizes({ param, size, resize }: { param: Param; size: number; resize(size: number): void }) {
  const id = useId();
  return (
    <div class="segments" role="radiogroup" aria-label="Size" data-testid={`size-${param.name}`}>
      {param.counts.map(Math.sqrt).map((one) => (
        <label key={one} class={one === size ? 'on' : ''}>
          <input
            type="radio"
            class="unseen"
            name={id}
            value={one}
            checked={one === size}
            onChange={() => resize(one)}
          />
          {one} × {one}
        </label>
      ))}
    </div>
  );
}

export function KernelControl(props: ControlProps) {
  const { param, value, change } = props;
  const id = useId();
  const [error, setError] = useState('');
  const kernel: Kernel = value.split(',').map(Number);
  const size = Math.sqrt(kernel.length);
  const total = sum(kernel);
  const put = (next: Kernel) => change(next.join(','));
  return (
    <div class="param kernel" role="group" aria-label={param.title}>
      <span class="param-title">{param.title}</span>
      <span class="kernel-sum" title="The sum of its numbers; at 1 the picture stays as bright as it is">
        Sum {total}
        <button
          type="button"
          class="chip"
          disabled={total === 0 || total === 1}
          onClick={() => put(normalized(kernel))}
          title="Divide every number by the sum"
          data-testid={`normalize-${param.name}`}
        >
          Make it 1
        </button>
      </span>
      <Sizes param={param} size={size} resize={(next) => put(resized(kernel, next))} />
      <Grid {...props} id={id} onError={setError} />
      <div class="kernel-presets" role="group" aria-label="Well-known kernels">
        {KERNELS.map(({ title, make }) => {
          const text = make(size).join(',');
          return (
            <button
              key={title}
              type="button"
              class={text === value ? 'chip on' : 'chip'}
              aria-pressed={text === value}
              onClick={() => change(text)}
            >
              {title}
            </button>
          );
        })}
      </div>
      <ParamError id={id} error={error} />
    </div>
  );
}
