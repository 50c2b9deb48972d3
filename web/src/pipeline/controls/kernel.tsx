// A convolution kernel: its size, well-known kernels, its sum, and a field for each weight.
import './kernel.css';
import { useId, useState } from 'preact/hooks';
import { Radio } from '../../ui/radio';
import type { Param } from '../catalogue';
import { KernelGrid } from './kernel_grid';
import { type Kernel, KERNELS, normalized, resized, sum } from './kernels';
import { ParamError } from './number';
import type { ControlProps } from './props';

function Sizes({ param, size, resize }: { param: Param; size: number; resize(size: number): void }) {
  const id = useId();
  return (
    <div class="segmented-control" role="radiogroup" aria-label="Size" data-testid={`size-${param.name}`}>
      {param.counts.map(Math.sqrt).map((one) => (
        <Radio key={one} name={id} value={one} checked={one === size} select={() => resize(one)}>
          {one} × {one}
        </Radio>
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
  const set = (next: Kernel) => change(next.join(','));
  return (
    <div class="field kernel" role="group" aria-label={param.title}>
      <span class="field-label">{param.title}</span>
      <span class="kernel-sum" title="The sum of the weights; at 1 the picture keeps its brightness">
        Sum {total}
        <button
          type="button"
          class="chip"
          disabled={total === 0 || total === 1}
          onClick={() => set(normalized(kernel))}
          title="Divide every weight by the sum"
          data-testid={`normalize-${param.name}`}
        >
          Make it 1
        </button>
      </span>
      <Sizes param={param} size={size} resize={(next) => set(resized(kernel, next))} />
      <KernelGrid {...props} id={id} onError={setError} />
      <div class="kernel-presets" role="group" aria-label="Well-known kernels">
        {KERNELS.map(({ title, make }) => {
          const text = make(size).join(',');
          return (
            <button
              key={title}
              type="button"
              class={text === value ? 'chip selected' : 'chip'}
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
