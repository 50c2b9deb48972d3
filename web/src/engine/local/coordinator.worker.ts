// A coordinator in a Web Worker, with the workers that it starts.
import tilecastUrl from '@wasm/tilecast.wasm?url';
import sharedUrl from '@wasm/tilecast_shared.wasm?url';
import { Coordinator } from './coordinator';
import { MessagePool } from './message_pool';
import {
  type CodesWorker,
  describe,
  type FromCoordinator,
  type JobEnd,
  type JobEvent,
  type TileWorker,
  type ToCoordinator,
} from './messages';
import { compile } from './module';
import { loadReaderModules } from './reader_modules';
import { ReaderPool } from './reader_pool';
import { SharedPool } from './shared_pool';
import { Tilecast } from './tilecast';

const MAX_WORKERS = 8; // for one picture, including this one

const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToCoordinator>) => void;
  postMessage(message: FromCoordinator, transfer?: Transferable[]): void;
};

function spawnTileWorker(): TileWorker {
  return new Worker(new URL('./tile.worker.ts', import.meta.url), { type: 'module' });
}

function spawnCodesWorker(): CodesWorker {
  return new Worker(new URL('./codes.worker.ts', import.meta.url), { type: 'module' });
}

async function open(): Promise<Coordinator> {
  const workers = Math.min(MAX_WORKERS, navigator.hardwareConcurrency || 2) - 1;
  const readers = new ReaderPool(loadReaderModules, workers + 1, spawnCodesWorker);
  if (workers > 0 && self.crossOriginIsolated) {
    try {
      const pool = await SharedPool.open(await compile(sharedUrl), workers, spawnTileWorker);
      return new Coordinator(pool.tilecast, readers, pool);
    } catch (thrown) {
      console.warn(`workers without shared memory: ${String(thrown)}`);
    }
  }
  const module = await compile(tilecastUrl);
  const pool = workers > 0 ? new MessagePool(module, workers, spawnTileWorker) : null;
  return new Coordinator(await Tilecast.open(module), readers, pool);
}

const opened = open();
let current: { job: number; controller: AbortController } | null = null;

async function perform(coordinator: Coordinator, message: ToCoordinator): Promise<void> {
  const { job } = message;
  const controller = new AbortController();
  const emit = (event: JobEvent, transfer?: Transferable[]) => scope.postMessage({ job, ...event }, transfer);
  current = { job, controller };
  const end = await coordinator.perform((): Promise<JobEnd> => {
    switch (message.type) {
      case 'run':
        return coordinator.run(message.file, message.options, emit, controller.signal);
      case 'decode':
        return coordinator.decode(message.file);
      case 'encode':
        return coordinator.encode(message.picture, message.format, message.quality);
      case 'cancel':
        return Promise.resolve({ type: 'cancelled' });
    }
  });
  scope.postMessage({ job, ...end }, end.type === 'decoded' ? [end.pixels.pixels.buffer as ArrayBuffer] : []);
}

scope.onmessage = ({ data }) => {
  if (data.type === 'cancel') {
    if (current?.job === data.job) current.controller.abort();
    return;
  }
  opened
    .then((coordinator) => perform(coordinator, data))
    .catch((thrown: unknown) =>
      scope.postMessage({ job: data.job, type: 'failed', error: describe(thrown).error, replace: true }),
    );
};
