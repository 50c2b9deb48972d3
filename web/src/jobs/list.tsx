// The list of pictures with the state of each.
import './list.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ScanButton } from '../camera/scanner';
import { FileInput } from '../input/file_input';
import { moveFocus } from '../ui/focus';
import { IconButton } from '../ui/icon_button';
import { Icon } from '../ui/icons';
import { bytes, duration, plural, size } from '../ui/format';
import { percent, type Item } from './item';
import { counts, items, remove, removeAll, run, select, selected } from './queue';
import { isStale } from './result';
import { revokeThumbnail, thumbnail } from './thumbnail';
import { saveOne } from '../ui/save';

function Thumbnail({ item }: { item: Item }) {
  const box = useRef<HTMLSpanElement>(null);
  const [url, setUrl] = useState('');
  useEffect(() => {
    let mounted = true;
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      void thumbnail(item.file).then((made) => mounted && setUrl(made));
    });
    if (box.current) observer.observe(box.current);
    return () => {
      mounted = false;
      observer.disconnect();
      revokeThumbnail(item.file);
    };
  }, [item]);
  return (
    <span class="thumbnail" ref={box}>
      {url ? <img src={url} alt="" /> : <Icon name="image" />}
    </span>
  );
}

function stateText(item: Item): string {
  switch (item.state.value) {
    case 'waiting':
      return 'Waiting';
    case 'running':
      return `${percent(item.fraction.value)} % · ${item.step.value}`;
    case 'failed':
      return item.error.value;
    case 'cancelled':
      return 'Cancelled';
    case 'done': {
      const outcome = item.outcome.value;
      if (isStale(item)) return 'Made with earlier steps';
      if (item.warning.value) return item.warning.value;
      if (!outcome) return 'Done';
      return [size(outcome), outcome.file && bytes(outcome.file.size), duration(outcome.ms)]
        .filter(Boolean)
        .join(' · ');
    }
  }
}

// Scrolls the list to the selected row; unlike scrollIntoView, it does not scroll the page.
function useScrolledIntoView(row: { current: HTMLElement | null }, selected: boolean): void {
  useEffect(() => {
    const list = row.current?.parentElement;
    if (!selected || !row.current || !list) return;
    const outer = list.getBoundingClientRect();
    const inner = row.current.getBoundingClientRect();
    if (inner.top < outer.top) list.scrollTop += inner.top - outer.top;
    else if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom;
  }, [row, selected]);
}

function Row({ item }: { item: Item }) {
  const state = item.state.value;
  const row = useRef<HTMLLIElement>(null);
  useScrolledIntoView(row, selected.value === item);
  return (
    <li
      ref={row}
      class={`picture-row ${state}${selected.value === item ? ' selected' : ''}`}
      data-testid="item"
      data-state={state}
      data-name={item.name}
      data-pipeline={item.outcome.value?.pipeline}
    >
      <button class="picture-select" onClick={() => select(item)} aria-pressed={selected.value === item}>
        <Thumbnail item={item} />
        <span class="picture-text">
          <b>{item.name}</b>
          <small data-testid="item-state" title={stateText(item)}>
            {stateText(item)}
          </small>
        </span>
      </button>
      {state === 'done' && (
        <IconButton icon="save" label={`Save ${item.name}`} title="Save" onClick={() => void saveOne(item)} />
      )}
      {(state === 'failed' || state === 'cancelled') && (
        <IconButton
          icon="retry"
          label={`Process ${item.name} again`}
          title="Again"
          onClick={() => run([item])}
        />
      )}
      <IconButton
        icon="close"
        label={`Remove ${item.name}`}
        title="Remove"
        onClick={() => {
          const at = items.peek().indexOf(item);
          const list = row.current?.parentElement ?? null;
          moveFocus(list, () => {
            const rows = list?.children;
            return rows?.[Math.min(at, rows.length - 1)]?.querySelector('button');
          });
          remove(item);
        }}
      />
      <span
        class="picture-progress"
        style={{ transform: `scaleX(${item.busy ? item.fraction.value : 0})` }}
      />
    </li>
  );
}

function summary(): string {
  const { total, done, failed, cancelled, running, waiting } = counts.value;
  if (total === 0) return '';
  const parts = [];
  if (running + waiting) parts.push(`${running + waiting} to go`);
  if (done) parts.push(`${done} done`);
  if (failed) parts.push(plural(failed, 'error'));
  if (cancelled) parts.push(`${cancelled} cancelled`);
  return parts.join(' · ');
}

export function PictureList() {
  return (
    <section class="card pictures" aria-label="Pictures">
      <header>
        <h2>Pictures</h2>
        <span class="card-note" title={summary()} data-testid="batch-summary">
          {summary()}
        </span>
        {items.value.length > 0 && <ScanButton small />}
        <label class="icon-button" title="Add pictures">
          <Icon name="add" />
          <span class="visually-hidden">Add pictures</span>
          <FileInput testid="add-input" />
        </label>
        {items.value.length > 0 && (
          <IconButton
            icon="trash"
            label="Remove all pictures"
            title="Remove all"
            testid="clear"
            onClick={removeAll}
          />
        )}
      </header>
      {items.value.length === 0 ? (
        <p class="empty-message">No pictures yet.</p>
      ) : (
        <ul class="picture-rows">
          {items.value.map((item) => (
            <Row key={item.id} item={item} />
          ))}
        </ul>
      )}
    </section>
  );
}
