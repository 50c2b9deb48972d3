// The operations and their parameters, generated from the tables in core/ that also check parameters on the server.
import table from '@wasm/operations.json';

export type ParamKind = 'int' | 'odd' | 'real' | 'choice' | 'set' | 'list';

export interface Param {
  name: string;
  title: string;
  zero: string; // the meaning of 0 where it is special, e.g. "to the edge", else ""
  kind: ParamKind;
  default: string; // as in the text form
  min: number; // of each number of a list
  max: number;
  unit: string;
  choices: string[];
  counts: number[]; // allowed lengths of a list
}

export interface Operation {
  name: string;
  title: string;
  summary: string;
  group: string;
  need: string;
  params: Param[];
}

type RawParam = Partial<Omit<Param, 'default' | 'zero'>> &
  Pick<Param, 'name' | 'title' | 'kind'> & { default: string | number };
type RawOperation = Omit<Operation, 'params'> & { params?: RawParam[] };

function toParam(raw: RawParam): Param {
  // Titles have the meaning of 0 in brackets: "Width (0: to the edge)".
  const [, title, zero] = /^(.*?) \(0: (.*)\)$/.exec(raw.title) ?? ['', raw.title, ''];
  const none = { min: 0, max: 0, unit: '', choices: [], counts: [] };
  return { ...none, ...raw, title, zero, default: String(raw.default) };
}

export const operations: Operation[] = (table as unknown as { operations: RawOperation[] }).operations.map(
  (raw) => ({ ...raw, params: (raw.params ?? []).map(toParam) }),
);

const byName = new Map(operations.map((operation) => [operation.name, operation]));
export const findOperation = (name: string): Operation | undefined => byName.get(name);

export const GROUPS: { name: string; title: string }[] = [
  { name: 'tone', title: 'Tone and colour' },
  { name: 'filter', title: 'Filters' },
  { name: 'edge', title: 'Edges' },
  { name: 'geometry', title: 'Geometry' },
  { name: 'analysis', title: 'Analysis' },
];
