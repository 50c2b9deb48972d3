// The texts that the camera has found, the newest first; those in sight are lit.
import { useState } from 'preact/hooks';
import { isLink } from '../codes/link';
import { copy } from '../ui/copy';
import { Icon } from '../ui/icons';
import { plural } from '../ui/words';
import type { Find } from './sightings';
import { clearFinds, finds, outlines, trouble } from './state';

const COPIED_MS = 1500;

function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  const press = async () => {
    await copy(text);
    setDone(true);
    setTimeout(() => setDone(false), COPIED_MS);
  };
  return (
    <button
      type="button"
      class="bare"
      onClick={() => void press()}
      aria-label={label}
      title="Copy"
      data-testid="camera-copy"
    >
      <Icon name={done ? 'check' : 'copy'} />
    </button>
  );
}

function Row({ find, lit }: { find: Find; lit: boolean }) {
  return (
    <li class={lit ? 'code lit' : 'code'} data-testid="camera-find">
      <span class="code-text">
        <small>
          {find.type}
          {find.binary && ', bytes'}
        </small>
        <span class={find.binary ? 'hex' : ''} data-testid="camera-text">
          {find.text}
        </span>
      </span>
      {isLink(find.text) && (
        <a
          class="bare"
          href={find.text}
          target="_blank"
          rel="noreferrer noopener"
          aria-label="Open the link"
          title="Open"
          data-testid="camera-open"
        >
          <Icon name="open" />
        </a>
      )}
      <CopyButton text={find.text} label="Copy the text" />
    </li>
  );
}

export function Finds() {
  const list = finds.value;
  if (list.length === 0 && trouble.value) return null;
  const lit = new Set(outlines.value.map(({ key }) => key));
  return (
    <section class="camera-side" aria-label="Codes found">
      <header>
        <h2>Codes</h2>
        <span class="note" data-testid="camera-count">
          {list.length > 0 && `${list.length} found`}
        </span>
        {list.length > 1 && (
          <CopyButton text={list.map(({ text }) => text).join('\n')} label="Copy all texts" />
        )}
        {list.length > 0 && (
          <button
            type="button"
            class="bare"
            onClick={clearFinds}
            aria-label="Forget these codes"
            title="Forget these"
            data-testid="camera-clear"
          >
            <Icon name="trash" />
          </button>
        )}
      </header>
      {list.length > 0 ? (
        <ul class="code-rows">
          {list.map((find) => (
            <Row key={find.key} find={find} lit={lit.has(find.key)} />
          ))}
        </ul>
      ) : (
        <p class="empty">Point the camera at a QR code or bar code. Pictures stay on this device.</p>
      )}
      <p class="unseen" aria-live="polite" data-testid="camera-told">
        {list.length > 0 && `${plural(list.length, 'code')}. ${list[0].type}: ${list[0].text}`}
      </p>
    </section>
  );
}
