// A list of numbers, as text.
import './list.css';
import { useId, useState } from 'preact/hooks';
import { checkValue } from '../text';
import { ParamError } from './number';
import type { ControlProps } from './props';

export function ListControl({ operation, param, value, change }: ControlProps) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const error = typed === null ? '' : checkValue(operation, param, typed);
  return (
    <div class="field list">
      <label for={id}>{param.title}</label>
      <input
        id={id}
        type="text"
        autocomplete="off"
        value={typed ?? value}
        aria-invalid={error !== ''}
        aria-describedby={error ? `${id}-error` : undefined}
        data-testid={`param-${param.name}`}
        onInput={(event) => {
          const text = event.currentTarget.value.replace(/\s/g, '');
          setTyped(text);
          if (!checkValue(operation, param, text)) change(text);
        }}
        onBlur={() => setTyped(null)}
      />
      <ParamError id={id} error={error} />
    </div>
  );
}
