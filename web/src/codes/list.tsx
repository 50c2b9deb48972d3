// The codes of the selected picture: type, text, a button to copy; the outline on the picture lights up with the row.
import { signal } from '@preact/signals';
import type { Code } from '../engine/engine';
import { selected } from '../jobs/queue';
import { copy } from '../ui/copy';
import { Icon } from '../ui/icons';

export const lit = signal(-1);

const isLink = (text: string) => /^https?:\/\/\S+$/i.test(text);

function Row({ code, index }: { code: Code; index: number }) {
  return (
    <li
      class={lit.value === index ? 'code lit' : 'code'}
      data-testid="code"
      onPointerEnter={() => (lit.value = index)}
      onPointerLeave={() => (lit.value = -1)}
    >
      <span class="badge">{index + 1}</span>
      <span class="code-text">
        <small data-testid="code-type">{code.type}</small>
        <span data-testid="code-text">{code.text}</span>
      </span>
      {isLink(code.text) && (
        <a
          class="bare"
          href={code.text}
          target="_blank"
          rel="noreferrer noopener"
          aria-label="Open the link"
          title="Open"
        >
          <Icon name="open" />
        </a>
      )}
      <button
        class="bare"
        onClick={() => void copy(code.text)}
        aria-label="Copy the text"
        title="Copy"
        data-testid="copy"
      >
        <Icon name="copy" />
      </button>
    </li>
  );
}

export function CodeList() {
  const item = selected.value;
  const codes = item?.codes.value ?? [];
  const asked = item?.pipeline.includes('read_codes');
  return (
    <section class="card codes" aria-label="Codes">
      <header>
        <h2>Codes</h2>
        <span class="note">{codes.length > 0 && `${codes.length} found`}</span>
        {codes.length > 1 && (
          <button
            class="bare"
            onClick={() => void copy(codes.map((code) => code.text).join('\n'))}
            title="Copy all"
            aria-label="Copy all texts"
          >
            <Icon name="copy" />
          </button>
        )}
      </header>
      {codes.length > 0 ? (
        <ul class="code-rows" data-testid="codes">
          {codes.map((code, index) => (
            <Row key={index} code={code} index={index} />
          ))}
        </ul>
      ) : (
        <p class="empty">
          {!asked
            ? 'Add the step “Read codes” to find QR and bar codes.'
            : item?.busy
              ? 'Looking …'
              : 'No codes in this picture.'}
        </p>
      )}
    </section>
  );
}
