// The codes of the selected picture: type, text, buttons to copy and save. Pointing at a row highlights the code's outline.
import '../ui/results.css';
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Code } from '../engine/engine';
import type { Item } from '../jobs/item';
import { selected } from '../jobs/queue';
import { copyText } from '../ui/clipboard';
import { IconButton } from '../ui/icon_button';
import { download } from '../ui/save';
import { plural } from '../ui/format';
import { OpenLink } from './link';

export const highlighted = signal(-1); // index of a code, or -1

function saveBytes(bytes: Uint8Array, name: string, number: number): void {
  const base = name.replace(/\.[^.]*$/, '') || 'picture';
  download(new Blob([bytes.slice()], { type: 'application/octet-stream' }), `${base}-code-${number}.bin`);
}

// A long text is clipped after a few lines, with a button to show all of it.
function Text({ text, binary }: { text: string; binary: boolean }) {
  const element = useRef<HTMLSpanElement>(null);
  const [clipped, setClipped] = useState(false);
  const [expanded, setExpanded] = useState(false);
  useLayoutEffect(() => {
    const { current } = element;
    setClipped(current !== null && current.scrollHeight > current.clientHeight + 1);
  }, [text]);
  return (
    <>
      <span
        class={`${binary ? 'monospace' : ''}${expanded ? '' : ' clamped'}`}
        ref={element}
        data-testid="code-text"
      >
        {text}
      </span>
      {clipped && (
        <button class="show-more" onClick={() => setExpanded(!expanded)} data-testid="code-more">
          {expanded ? 'Show less' : 'Show all'}
        </button>
      )}
    </>
  );
}

function Row({ code, index, item }: { code: Code; index: number; item: Item }) {
  const { bytes } = code;
  const highlight = () => (highlighted.value = index);
  const clear = () => (highlighted.value = -1);
  return (
    <li
      class={highlighted.value === index ? 'result-row highlighted' : 'result-row'}
      data-testid="code"
      onPointerEnter={highlight}
      onPointerLeave={clear}
      onFocusIn={highlight}
      onFocusOut={clear}
    >
      <span class="badge">{index + 1}</span>
      <span class="result-text">
        <small>
          <span data-testid="code-type">{code.type}</span>
          {bytes && <span data-testid="code-bytes">{plural(bytes.length, 'byte')}, not text</span>}
          {code.method && (
            <span class="result-method" title="How it was read" data-testid="code-method">
              {code.method}
            </span>
          )}
        </small>
        <Text text={code.text} binary={bytes !== null} />
      </span>
      {!bytes && <OpenLink text={code.text} />}
      {bytes && (
        <IconButton
          icon="save"
          label="Save the bytes"
          title="Save the bytes"
          testid="save-bytes"
          onClick={() => saveBytes(bytes, item.name, index + 1)}
        />
      )}
      <IconButton
        icon="copy"
        label={bytes ? 'Copy the bytes as hexadecimal' : 'Copy the text'}
        title={bytes ? 'Copy as hexadecimal' : 'Copy'}
        testid="copy"
        onClick={() => void copyText(code.text)}
      />
    </li>
  );
}

export function CodeList() {
  const item = selected.value;
  const codes = item?.codes.value ?? [];
  const requested = item?.pipeline.includes('read_codes');
  return (
    <section class="card results" aria-label="Codes">
      <header>
        <h2>Codes</h2>
        <span class="card-note">{codes.length > 0 && `${codes.length} found`}</span>
        {codes.length > 1 && (
          <IconButton
            icon="copy"
            label="Copy all texts"
            title="Copy all"
            onClick={() => void copyText(codes.map((code) => code.text).join('\n'))}
          />
        )}
      </header>
      {item && codes.length > 0 ? (
        <ul class="result-rows" data-testid="codes">
          {codes.map((code, index) => (
            <Row key={`${item.id} ${index}`} code={code} index={index} item={item} />
          ))}
        </ul>
      ) : (
        <p class="empty-message">
          {!requested
            ? 'Add the step “Read codes” to find QR and bar codes.'
            : item?.busy
              ? 'Looking …'
              : 'No codes in this picture.'}
        </p>
      )}
    </section>
  );
}
