// A kernel's weights as a square of fields.
import './kernel_grid.css';
import { useRef, useState } from 'preact/hooks';
import type { Param } from '../catalogue';
import { checkValue } from '../text';
import type { ControlProps } from './props';

// Shortened to `length` characters; the focused field has all digits.
function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const value = Number(text);
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential(0);
  return String(Number(value.toPrecision(length > 6 ? 4 : 3))).replace(/^(-?)0\./, '$1.');
}

const ROWS_BY_KEY: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, Enter: 1 };

interface Draft {
  at: number;
  text: string;
  invalid: boolean;
}

interface FieldProps {
  param: Param;
  id: string;
  at: number;
  size: number;
  text: string;
  draft: Draft | null; // of this field
  onFocus(): void;
  onType(text: string): void;
  onKeyDown(event: KeyboardEvent): void;
  onBlur(): void;
}

function WeightField({ param, id, at, size, text, draft, onFocus, onType, onKeyDown, onBlur }: FieldProps) {
  const justFocused = useRef(false);
  const length = size === 3 ? 8 : size === 5 ? 6 : 5;
  const center = 2 * at + 1 === size * size;
  return (
    <input
      type="text"
      inputMode={param.min < 0 ? 'text' : 'decimal'}
      autocomplete="off"
      class={`${Number(text) === 0 ? 'zero' : ''}${center ? ' center' : ''}`}
      value={draft?.text ?? shorten(text, length)}
      title={text}
      aria-label={`Row ${Math.floor(at / size) + 1}, column ${(at % size) + 1}`}
      aria-invalid={draft?.invalid ?? false}
      aria-describedby={draft?.invalid ? `${id}-error` : undefined}
      onFocus={(event) => {
        onFocus();
        event.currentTarget.value = text; // now, so that the selection stays
        event.currentTarget.select();
        justFocused.current = true;
      }}
      onClick={(event) => {
        // The click that focused the field has also moved the caret.
        if (justFocused.current) event.currentTarget.select();
        justFocused.current = false;
      }}
      onInput={(event) => onType(event.currentTarget.value)}
      onKeyDown={onKeyDown}
      onBlur={onBlur}
    />
  );
}

interface GridProps extends ControlProps {
  id: string;
  onError(error: string): void;
}

export function KernelGrid({ operation, param, value, change, id, onError }: GridProps) {
  const grid = useRef<HTMLDivElement>(null);
  const [draft, setDraft] = useState<Draft | null>(null);
  const texts = value.split(',');
  const size = Math.sqrt(texts.length);
  const type = (at: number, text: string) => {
    const next = texts.map((old, i) => (i === at ? text.trim() : old)).join(',');
    const error = checkValue(operation, param, next);
    setDraft({ at, text, invalid: error !== '' });
    onError(error);
    if (!error) change(next);
  };
  const leave = () => {
    setDraft(null);
    onError('');
  };
  // Accepts a whole kernel, as copied from a program or a table.
  const paste = (event: ClipboardEvent) => {
    const numbers = event.clipboardData?.getData('text').match(/[-+]?[\d.]+(e[-+]?\d+)?/gi) ?? [];
    if (numbers.length < 2 || checkValue(operation, param, numbers.join(','))) return;
    event.preventDefault();
    leave();
    change(numbers.join(','));
  };
  const moveFocus = (event: KeyboardEvent, at: number) => {
    const rows = ROWS_BY_KEY[event.key];
    if (!rows) return;
    event.preventDefault();
    grid.current?.querySelectorAll('input')[at + rows * size]?.focus();
  };
  return (
    <div
      class={size === 7 ? 'kernel-grid size-7' : 'kernel-grid'}
      style={{ '--size': size }}
      ref={grid}
      onPaste={paste}
      data-testid={`param-${param.name}`}
    >
      {texts.map((text, at) => (
        <WeightField
          key={`${size} ${at}`}
          {...{ param, id, at, size, text }}
          draft={draft?.at === at ? draft : null}
          onFocus={() => setDraft({ at, text, invalid: false })}
          onType={(typed) => type(at, typed)}
          onKeyDown={(event) => moveFocus(event, at)}
          onBlur={leave}
        />
      ))}
    </div>
  );
}
