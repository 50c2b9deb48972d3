// The straight lines of the selected picture: their number, the longest, and all of them as JSON or CSV.
import '../ui/results.css';
import type { Line } from '../engine/engine';
import { selected } from '../jobs/queue';
import { copyText } from '../ui/clipboard';
import { IconButton } from '../ui/icon_button';
import { plural } from '../ui/format';
import { download } from '../ui/save';

const MAX_SHOWN = 5;

const asJson = (lines: Line[]) => `[\n${lines.map((line) => `  ${JSON.stringify(line)}`).join(',\n')}\n]\n`;
const asCsv = (lines: Line[]) => ['x1,y1,x2,y2', ...lines.map((line) => line.join())].join('\n') + '\n';

const FORMATS = [
  { extension: 'json', mime: 'application/json', text: asJson },
  { extension: 'csv', mime: 'text/csv', text: asCsv },
];

const length = ([x1, y1, x2, y2]: Line) => Math.round(Math.hypot(x2 - x1, y2 - y1));

function save(lines: Line[], name: string, { extension, mime, text }: (typeof FORMATS)[number]): void {
  const base = name.replace(/\.[^.]*$/, '') || 'picture';
  download(new Blob([text(lines)], { type: mime }), `${base}-lines.${extension}`);
}

function Rows({ lines }: { lines: Line[] }) {
  return (
    <ul class="result-rows" data-testid="lines">
      {lines.slice(0, MAX_SHOWN).map((line, index) => (
        <li key={index} class="result-row" data-testid="line">
          <span class="badge">{index + 1}</span>
          <span class="result-text">
            <small>{length(line)} px</small>
            <span>
              {line[0]}, {line[1]} – {line[2]}, {line[3]}
            </span>
          </span>
        </li>
      ))}
      {lines.length > MAX_SHOWN && (
        <li class="result-row">
          <span class="card-note">and {lines.length - MAX_SHOWN} shorter ones</span>
        </li>
      )}
    </ul>
  );
}

export function LineList() {
  const item = selected.value;
  const lines = item?.lines.value;
  if (!item || !lines) return null;
  return (
    <section class="card results" aria-label="Lines">
      <header>
        <h2>Lines</h2>
        <span class="card-note" data-testid="line-count">
          {plural(lines.length, 'line')}
        </span>
        {lines.length > 0 &&
          FORMATS.map((format) => (
            <button
              key={format.extension}
              class="chip"
              onClick={() => save(lines, item.name, format)}
              title={`Save all lines as ${format.extension.toUpperCase()}`}
              data-testid={`lines-${format.extension}`}
            >
              {format.extension.toUpperCase()}
            </button>
          ))}
        {lines.length > 0 && (
          <IconButton
            icon="copy"
            label="Copy all lines as JSON"
            title="Copy all as JSON"
            testid="copy-lines"
            onClick={() => void copyText(asJson(lines))}
          />
        )}
      </header>
      {lines.length > 0 ? (
        <Rows lines={lines} />
      ) : (
        <p class="empty-message">No straight lines in this picture.</p>
      )}
    </section>
  );
}
