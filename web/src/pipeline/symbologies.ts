// Sets of symbologies as bits, in the order of the choices of read_codes' parameter (core/codes.h).
import { findOperation } from './catalogue';
import { parsePipeline } from './text';

const names = findOperation('read_codes')?.params.find(({ name }) => name === 'symbologies')?.choices ?? [];

const bitsOf = (chosen: (name: string) => boolean) =>
  names.reduce((bits, name, i) => bits + (chosen(name) ? 2 ** i : 0), 0);

export const ALL_SYMBOLOGIES = bitsOf(() => true);

// Those that the pipeline's first step reads; 0 if that is another operation.
export function symbologiesOfFirstStep(pipeline: string): number {
  const parsed = parsePipeline(pipeline);
  const first = 'error' in parsed ? undefined : parsed.steps[0];
  if (first?.operation.name !== 'read_codes') return 0;
  const chosen = first.values.symbologies.split(',');
  return bitsOf((name) => chosen.includes('all') || chosen.includes(name));
}
