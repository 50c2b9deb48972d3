// The slider between the picture before (left) and after (right).
import './compare.css';
import { signal } from '@preact/signals';

export const comparing = signal(false);
export const position = signal(0.5); // of the viewport's width

const STEPS: Record<string, number> = {
  ArrowLeft: -0.02,
  ArrowRight: 0.02,
  PageDown: -0.1,
  PageUp: 0.1,
  Home: -1,
  End: 1,
};

export function CompareHandle() {
  const set = (value: number) => (position.value = Math.max(0, Math.min(1, value)));
  const drag = (event: PointerEvent) => {
    const handle = event.currentTarget as HTMLElement;
    if (event.type === 'pointerdown') handle.setPointerCapture(event.pointerId);
    else if (!handle.hasPointerCapture(event.pointerId)) return;
    const viewport = handle.parentElement?.getBoundingClientRect();
    if (viewport) set((event.clientX - viewport.left) / viewport.width);
  };
  return (
    <div
      class="compare-handle"
      style={{ left: `${position.value * 100}%` }}
      role="slider"
      tabIndex={0}
      aria-label="Before and after"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(position.value * 100)}
      data-testid="compare-handle"
      onPointerDown={drag}
      onPointerMove={drag}
      onKeyDown={(event) => {
        const step = STEPS[event.key];
        if (step === undefined) return;
        event.preventDefault();
        set(position.value + step);
      }}
    >
      <span class="compare-label side-before">Before</span>
      <span class="compare-label side-after">After</span>
      <i>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="m9 7-5 5 5 5M15 7l5 5-5 5" />
        </svg>
      </i>
    </div>
  );
}
