// The progress bar, the buttons that process, cancel and save, and the output settings.
import './actions.css';
import { type Item, percent } from '../jobs/item';
import { batchEta, batchProgress, busy, cancelAll, counts, items, run, selected } from '../jobs/queue';
import { isStale } from '../jobs/result';
import { draft, pipelineText } from '../pipeline/state';
import { format, live, quality } from '../settings';
import { Icon } from './icons';
import { Radio } from './radio';
import { saveAll, saveOne } from './save';
import { duration, timeLeft } from './format';

interface Status {
  fraction: number;
  text: string;
  left: string;
}

function doneText(item: Item): string {
  const outcome = item.outcome.value;
  if (!isStale(item)) return `Done in ${duration(outcome?.ms ?? 0)}`;
  return outcome?.pipeline === pipelineText.value ? 'Output has changed' : 'Steps have changed';
}

// The one item under way, else the selected one; null while several are under way.
function shownItem(): Item | null {
  const { list } = batchProgress.value;
  if (!busy.value) return selected.value;
  return list.length === 1 ? list[0] : null;
}

function status(): Status {
  const item = shownItem();
  if (!item) {
    if (!busy.value) return { fraction: 0, text: 'Ready', left: '' };
    const { list, ended, fraction } = batchProgress.value;
    const text = `${ended} of ${list.length} pictures`;
    return { fraction: Math.min(fraction, 0.999), text, left: timeLeft(batchEta()) };
  }
  const part = item.fraction.value;
  switch (item.state.value) {
    case 'waiting':
      return { fraction: part, text: 'Waiting', left: '' };
    case 'running':
      return { fraction: part, text: item.step.value, left: timeLeft(item.etaMs.value) };
    case 'done':
      return {
        fraction: part,
        text: doneText(item),
        left: item.engine.value === 'remote' ? 'on the server' : 'on this device',
      };
    case 'failed':
      return { fraction: part, text: 'This picture could not be processed', left: '' };
    case 'cancelled':
      return { fraction: part, text: 'Cancelled', left: '' };
  }
}

function Progress() {
  const { fraction, text, left } = status();
  const state = shownItem()?.state.value ?? (busy.value ? 'running' : 'none');
  const shown = percent(fraction);
  return (
    <div class={`progress ${state}`}>
      <div class="progress-text">
        <span data-testid="progress-step">{text}</span>
        <small data-testid="progress-left">{left}</small>
        <b data-testid="progress-percent">{items.value.length > 0 ? `${shown} %` : ''}</b>
      </div>
      <div
        class="progress-bar"
        role="progressbar"
        aria-label="Progress"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={shown}
        data-testid="progress"
      >
        <i style={{ transform: `scaleX(${fraction})` }} />
      </div>
    </div>
  );
}

export function Actions() {
  const item = selected.value;
  const all = items.value;
  const outdated = all.filter((one) => !one.busy && (isStale(one) || one.state.value === 'cancelled'));
  const list = outdated.length > 0 ? outdated : item ? [item] : [];
  return (
    <div class={all.length > 0 ? 'actions' : 'actions idle'}>
      <Progress />
      <div class="action-buttons">
        {busy.value ? (
          <button class="button danger" onClick={cancelAll} data-testid="cancel">
            <Icon name="stop" />
            Cancel
          </button>
        ) : (
          <button
            class={outdated.length > 0 ? 'button primary' : 'button'}
            disabled={list.length === 0 || draft.value !== null}
            onClick={() => run(list)}
            data-testid="run"
          >
            <Icon name="play" />
            {list.length > 1 ? `Process ${list.length}` : 'Process'}
          </button>
        )}
        <button
          class={outdated.length > 0 ? 'button' : 'button primary'}
          disabled={item?.state.value !== 'done'}
          onClick={() => item && void saveOne(item)}
          data-testid="save"
        >
          <Icon name="save" />
          Save
        </button>
        {all.length > 1 && (
          <button
            class="button"
            disabled={counts.value.done === 0}
            onClick={() => void saveAll()}
            data-testid="save-all"
          >
            <Icon name="zip" />
            ZIP
          </button>
        )}
      </div>
    </div>
  );
}

export function Output() {
  return (
    <section class="card output" aria-label="Output">
      <header>
        <h2>Output</h2>
      </header>
      <div class="segmented-control" role="radiogroup" aria-label="Format">
        {(['png', 'jpeg'] as const).map((name) => (
          <Radio
            key={name}
            name="format"
            checked={format.value === name}
            testid={`format-${name}`}
            select={() => (format.value = name)}
          >
            <span>{name === 'png' ? 'PNG, lossless' : 'JPEG'}</span>
          </Radio>
        ))}
      </div>
      <div class={format.value === 'jpeg' ? 'field' : 'field inactive'}>
        <label for="quality">Quality</label>
        <output>{quality.value}</output>
        <input
          id="quality"
          type="range"
          min={1}
          max={100}
          value={quality.value}
          style={{ '--to': (quality.value - 1) / 99 }}
          disabled={format.value !== 'jpeg'}
          onInput={(event) => (quality.value = Number(event.currentTarget.value))}
          data-testid="quality"
        />
      </div>
      <label class="field switch">
        Follow my changes at once
        <input
          type="checkbox"
          role="switch"
          checked={live.value}
          onChange={() => (live.value = !live.value)}
          data-testid="live"
        />
      </label>
    </section>
  );
}
