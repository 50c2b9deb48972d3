// The operation table, generated from the same descriptions that check the parameters on the server.
import table from '@wasm/operations.json';

export type ParamKind = 'int' | 'odd' | 'real' | 'choice' | 'set';

export interface Param {
  name: string;
  title: string;
  kind: ParamKind;
  default: string; // as in the text form
  min: number;
  max: number;
  unit: string;
  choices: string[];
}

export interface Operation {
  name: string;
  title: string;
  summary: string;
  group: string;
  need: string;
  params: Param[];
}

type RawParam = Partial<Omit<Param, 'default'>> &
  Pick<Param, 'name' | 'kind'> & { default?: string | number };
type RawOperation = Omit<Operation, 'params'> & { params?: RawParam[] };

function toParam(raw: RawParam): Param {
  const choices = raw.choices ?? [];
  const byIndex = raw.kind === 'choice' && typeof raw.default === 'number';
  return {
    title: raw.name,
    min: 0,
    max: 0,
    unit: '',
    ...raw,
    choices,
    default: String(
      byIndex ? choices[raw.default as number] : (raw.default ?? (raw.kind === 'set' ? 'all' : '')),
    ),
  };
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
