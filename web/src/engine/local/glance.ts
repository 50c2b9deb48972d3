// A first look for codes in a picture that takes long to decode, beside the job that reads them all. It is only an
// addition: whatever goes wrong with it is not told.
import { parsePipeline } from '../../pipeline/text';
import type { Code, JobOptions } from '../engine';

// Page to worker, and back: codes, then the end of that look.
export interface ToGlancer {
  job: number;
  file: Blob;
  symbologies: number;
}
export type FromGlancer = { type: 'code'; job: number; code: Code } | { type: 'looked'; job: number; well: boolean };

interface Glancer {
  onmessage: ((event: MessageEvent<FromGlancer>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: ToGlancer): void;
  terminate(): void;
}

const possible = typeof ImageDecoder !== 'undefined';
let glancer: Glancer | null = null;
let lastJob = 0;
const listeners = new Map<number, (code: Code) => void>(); // by job
let wanted = false; // also when it has nothing to look at
const wake: (() => void)[] = []; // who waits until nothing is looked at

// Resolves when nothing is being looked at: for work that can wait that long.
export async function glanced(): Promise<void> {
  if (listeners.size > 0) await new Promise<void>((resolve) => wake.push(resolve));
}

function settle(job: number): void {
  listeners.delete(job);
  if (listeners.size > 0) return;
  for (const resolve of wake.splice(0)) resolve();
  if (!wanted) close();
}

// Has it ready for the pictures that come.
export function prepareGlancer(): void {
  wanted = true;
  if (possible) glancer ??= open();
}

export function dismissGlancer(): void {
  wanted = false;
  if (listeners.size === 0) close();
}

function open(): Glancer {
  const worker: Glancer = new Worker(new URL('./glance.worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => {
    if (data.type === 'code') listeners.get(data.job)?.(data.code);
    else if (data.well) settle(data.job);
    else close();
  };
  worker.onerror = (event) => {
    event.preventDefault?.();
    close();
  };
  return worker;
}

function close(): void {
  glancer?.terminate();
  glancer = null;
  for (const job of [...listeners.keys()]) settle(job);
}

// The symbologies that the pipeline begins with reading, as bits; 0 when it begins with something else.
function symbologiesOf(pipeline: string): number {
  const parsed = parsePipeline(pipeline);
  const first = 'error' in parsed ? undefined : parsed.steps[0];
  if (first?.operation.name !== 'read_codes') return 0;
  const names = first.values.symbologies.split(',');
  const choices = first.operation.params.find(({ name }) => name === 'symbologies')?.choices ?? [];
  return choices.reduce((bits, name, i) => bits + (names.includes('all') || names.includes(name) ? 2 ** i : 0), 0);
}

const LEAST_BYTES = 200_000; // of a file that may hold more pixels than are decoded in no time

// Tells the codes that are seen at once in a picture that somebody looks at, until the signal comes.
export function glance(
  file: Blob,
  options: JobOptions,
  tell: (code: Code) => void,
  signal: AbortSignal,
): void {
  const large = file.type === 'image/jpeg' && file.size >= LEAST_BYTES;
  const symbologies = large && possible && options.want !== 'file' ? symbologiesOf(options.pipeline) : 0;
  if (symbologies === 0) return;
  const job = ++lastJob;
  listeners.set(job, tell);
  signal.addEventListener('abort', () => settle(job), { once: true });
  (glancer ??= open()).postMessage({ job, file, symbologies });
}
