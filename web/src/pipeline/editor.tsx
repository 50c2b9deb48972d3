// The pipeline as a list of steps that can be added, removed and reordered, and as text.
import './editor.css';
import { useRef, useState } from 'preact/hooks';
import { moveFocus } from '../ui/focus';
import { IconButton } from '../ui/icon_button';
import { Icon } from '../ui/icons';
import { showToast } from '../ui/toast';
import { AddStep } from './chooser';
import { Controls } from './controls/control';
import {
  draft,
  moveStep,
  pipelineText,
  presets,
  removeStep,
  setText,
  setValue,
  shareLink,
  steps,
} from './state';
import type { Step } from './text';

interface Drag {
  id: number;
  from: number;
  to: number;
  dy: number;
  height: number;
}

// Dragging only transforms rows; the list changes when the pointer is released.
function useDrag(list: { current: HTMLOListElement | null }) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const start = (event: PointerEvent, id: number) => {
    const rows = [...(list.current?.children ?? [])].map((row) => row.getBoundingClientRect());
    const from = steps.peek().findIndex((step) => step.id === id);
    const handle = event.currentTarget as HTMLElement;
    const gap = 8;
    let now: Drag = { id, from, to: from, dy: 0, height: rows[from].height + gap };
    handle.setPointerCapture(event.pointerId);
    const move = (moved: PointerEvent) => {
      const dy = moved.clientY - event.clientY;
      const middle = rows[from].top + rows[from].height / 2 + dy;
      const to = rows.filter((row, index) => index !== from && middle > row.top + row.height / 2).length;
      now = { ...now, dy, to };
      setDrag(now);
    };
    const end = (ended: PointerEvent) => {
      handle.removeEventListener('pointermove', move);
      handle.removeEventListener('pointerup', end);
      handle.removeEventListener('pointercancel', end);
      setDrag(null);
      if (ended.type === 'pointerup') moveStep(id, now.to);
    };
    handle.addEventListener('pointermove', move);
    handle.addEventListener('pointerup', end);
    handle.addEventListener('pointercancel', end);
    setDrag(now);
  };
  const shift = (index: number): string => {
    if (!drag) return '';
    if (index === drag.from) return `translateY(${drag.dy}px)`;
    if (index > drag.from && index <= drag.to) return `translateY(${-drag.height}px)`;
    if (index < drag.from && index >= drag.to) return `translateY(${drag.height}px)`;
    return '';
  };
  return { drag, start, shift };
}

interface RowProps {
  step: Step;
  index: number;
  count: number;
  dragged: boolean;
  transform: string;
  start(event: PointerEvent, id: number): void;
}

function StepRow({ step, index, count, dragged, transform, start }: RowProps) {
  const { operation } = step;
  const title = operation.title;
  return (
    <li
      class={dragged ? 'step dragged' : 'step'}
      style={{ transform }}
      data-testid="step"
      data-op={operation.name}
    >
      <div class="step-header">
        <button
          class="icon-button drag-handle"
          aria-label={`Move ${title}; use the arrow keys`}
          title="Drag to reorder"
          onPointerDown={(event) => start(event, step.id)}
          onKeyDown={(event) => {
            const offset = { ArrowUp: -1, ArrowDown: 1 }[event.key];
            if (!offset) return;
            event.preventDefault();
            moveStep(step.id, index + offset);
          }}
        >
          <Icon name="grip" />
        </button>
        <h3 title={operation.summary}>{title}</h3>
        <IconButton
          icon="up"
          label={`Move ${title} up`}
          disabled={index === 0}
          onClick={() => moveStep(step.id, index - 1)}
        />
        <IconButton
          icon="down"
          label={`Move ${title} down`}
          disabled={index === count - 1}
          onClick={() => moveStep(step.id, index + 1)}
        />
        <IconButton
          icon="close"
          label={`Remove ${title}`}
          testid="remove-step"
          onClick={(event) => {
            const list = event.currentTarget.closest('ol');
            moveFocus(list, () => {
              const row = list?.children[Math.min(index, count - 2)];
              return (row ?? list?.parentElement)?.querySelector<HTMLElement>('.drag-handle, .add-step');
            });
            removeStep(step.id);
          }}
        />
      </div>
      {operation.params.length > 0 && (
        <Controls
          operation={operation}
          values={step.values}
          set={(name, value) => setValue(step.id, name, value)}
        />
      )}
    </li>
  );
}

function TextForm() {
  const error = draft.value?.error ?? '';
  return (
    <div class="pipeline-text">
      <label for="pipeline-text">As text</label>
      <IconButton
        icon="link"
        label="Copy a link to this pipeline"
        title="Copy a link to this pipeline"
        onClick={() =>
          void navigator.clipboard
            ?.writeText(shareLink())
            .then(() => showToast('A link to this pipeline is on the clipboard.'))
            .catch(() => showToast('The address of this page is the link.'))
        }
      />
      <textarea
        id="pipeline-text"
        rows={3}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        value={draft.value?.text ?? pipelineText.value}
        aria-invalid={error !== ''}
        aria-describedby="pipeline-error"
        data-testid="pipeline-text"
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <p class="pipeline-error" id="pipeline-error" role="alert" data-testid="pipeline-error">
        {error}
      </p>
    </div>
  );
}

// Scrolls to the step that was just added, and focuses it.
function showLast(list: HTMLOListElement | null): void {
  setTimeout(() => {
    const row = list?.lastElementChild;
    row?.scrollIntoView({ block: 'nearest' });
    row?.querySelector<HTMLElement>('.drag-handle')?.focus({ preventScroll: true });
  });
}

export function PipelineEditor() {
  const list = useRef<HTMLOListElement>(null);
  const { drag, start, shift } = useDrag(list);
  const all = steps.value;
  return (
    <section class="card editor" aria-label="Steps">
      <header>
        <h2>Steps</h2>
        <span class="card-note">{all.length === 0 ? 'None: the picture is unchanged' : ''}</span>
      </header>
      <div class="presets" role="group" aria-label="Presets">
        {presets.map((preset) => (
          <button
            key={preset.title}
            class={preset.text === pipelineText.value ? 'chip selected' : 'chip'}
            onClick={() => setText(preset.text)}
          >
            {preset.title}
          </button>
        ))}
      </div>
      <ol class={drag ? 'steps dragging' : 'steps'} ref={list} data-testid="steps">
        {all.map((step, index) => (
          <StepRow
            key={step.id}
            step={step}
            index={index}
            count={all.length}
            dragged={drag?.id === step.id}
            transform={shift(index)}
            start={start}
          />
        ))}
      </ol>
      <AddStep added={() => showLast(list.current)} />
      <TextForm />
    </section>
  );
}
