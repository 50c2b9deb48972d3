// Scans a large JPEG for codes before it is decoded, beside the job that reads all its codes (codec/prescan.c does the same
// on the server). The scan is optional: its failures are not reported.
import { symbologiesOfFirstStep } from '../../pipeline/symbologies';
import type { Code, JobOptions } from '../engine';
import type { MessageWorker } from './messages';

// Page to worker, and back: codes, then the end of that scan.
export interface ToPrescan {
  job: number;
  file: Blob;
  symbologies: number;
}
export type FromPrescan =
  { type: 'code'; job: number; code: Code } | { type: 'end'; job: number; failed: boolean };
type PrescanWorker = MessageWorker<ToPrescan, FromPrescan>;

const supported = typeof ImageDecoder !== 'undefined';
let worker: PrescanWorker | null = null;
let lastJob = 0;
const listeners = new Map<number, (code: Code) => void>(); // by job
let prepared = false; // the worker stays between scans
const idleWaiters: (() => void)[] = [];

// Resolves when no scan is under way: for work that can wait that long.
export async function prescansDone(): Promise<void> {
  if (listeners.size > 0) await new Promise<void>((resolve) => idleWaiters.push(resolve));
}

function end(job: number): void {
  listeners.delete(job);
  if (listeners.size > 0) return;
  for (const resolve of idleWaiters.splice(0)) resolve();
  if (!prepared) terminate();
}

// Starts the worker before the next picture.
export function preparePrescan(): void {
  prepared = true;
  if (supported) worker ??= open();
}

// Terminates the worker, at the end of the scans under way.
export function releasePrescan(): void {
  prepared = false;
  if (listeners.size === 0) terminate();
}

function open(): PrescanWorker {
  const opened: PrescanWorker = new Worker(new URL('./prescan.worker.ts', import.meta.url), {
    type: 'module',
  });
  opened.onmessage = ({ data }) => {
    if (data.type === 'code') listeners.get(data.job)?.(data.code);
    else if (data.failed) terminate();
    else end(data.job);
  };
  opened.onerror = (event) => {
    event.preventDefault?.();
    terminate();
  };
  return opened;
}

function terminate(): void {
  worker?.terminate();
  worker = null;
  for (const job of [...listeners.keys()]) end(job);
}

const MIN_BYTES = 200_000; // a smaller file is decoded in no time

// Calls `found` for codes in a picture that is shown, until the signal is aborted. Does nothing for pictures and pipelines
// that have no use for it.
export function prescan(
  file: Blob,
  options: JobOptions,
  found: (code: Code) => void,
  signal: AbortSignal,
): void {
  const large = file.type === 'image/jpeg' && file.size >= MIN_BYTES;
  const symbologies =
    large && supported && options.want !== 'file' ? symbologiesOfFirstStep(options.pipeline) : 0;
  if (symbologies === 0) return;
  const job = ++lastJob;
  listeners.set(job, found);
  signal.addEventListener('abort', () => end(job), { once: true });
  (worker ??= open()).postMessage({ job, file, symbologies });
}
