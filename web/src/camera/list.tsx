// The codes that the camera has found, the newest first; visible ones are highlighted.
import '../ui/results.css';
import './list.css';
import { useState } from 'preact/hooks';
import { OpenLink } from '../codes/link';
import { copyText } from '../ui/clipboard';
import { IconButton } from '../ui/icon_button';
import { plural } from '../ui/format';
import { clearCodes, error, foundCodes, outlines } from './state';
import type { FoundCode } from './tracker';

const COPIED_MS = 1500;

function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  const press = async () => {
    await copyText(text);
    setDone(true);
    setTimeout(() => setDone(false), COPIED_MS);
  };
  return (
    <IconButton
      icon={done ? 'check' : 'copy'}
      label={label}
      title="Copy"
      testid="camera-copy"
      onClick={() => void press()}
    />
  );
}

function Row({ code, highlighted }: { code: FoundCode; highlighted: boolean }) {
  return (
    <li class={highlighted ? 'result-row highlighted' : 'result-row'} data-testid="camera-find">
      <span class="result-text">
        <small>
          {code.type}
          {code.binary && ', bytes'}
        </small>
        <span class={code.binary ? 'monospace' : ''} data-testid="camera-text">
          {code.text}
        </span>
      </span>
      <OpenLink text={code.text} testid="camera-open" />
      <CopyButton text={code.text} label="Copy the text" />
    </li>
  );
}

export function CodeList() {
  const list = foundCodes.value;
  if (list.length === 0 && error.value) return null;
  const visible = new Set(outlines.value.map(({ key }) => key));
  return (
    <section class="camera-codes" aria-label="Codes found">
      <header>
        <h2>Codes</h2>
        <span class="card-note" data-testid="camera-count">
          {list.length > 0 && `${list.length} found`}
        </span>
        {list.length > 1 && (
          <CopyButton text={list.map(({ text }) => text).join('\n')} label="Copy all texts" />
        )}
        {list.length > 0 && (
          <IconButton
            icon="trash"
            label="Clear the list"
            title="Clear"
            testid="camera-clear"
            onClick={clearCodes}
          />
        )}
      </header>
      {list.length > 0 ? (
        <ul class="result-rows">
          {list.map((code) => (
            <Row key={code.key} code={code} highlighted={visible.has(code.key)} />
          ))}
        </ul>
      ) : (
        <p class="empty-message">Point the camera at a QR code or bar code. Pictures stay on this device.</p>
      )}
      <p class="visually-hidden" aria-live="polite" data-testid="camera-announcement">
        {list.length > 0 && `${plural(list.length, 'code')}. ${list[0].type}: ${list[0].text}`}
      </p>
    </section>
  );
}
