// A coordinator in a Web Worker of its own, with the tile workers that it starts.
import tilecastUrl from '@wasm/tilecast.wasm?url';
import sharedUrl from '@wasm/tilecast_shared.wasm?url';
import { Coordinator } from './coordinator';
import { Crew } from './crew';
import { type FromCoordinator, type JobEvent, type ToCoordinator, describe } from './messages';
import { compile } from './module';
import { loadReaders } from './reader_modules';
import { type CodesWorker, Readers } from './readers';
import { Team, type TileWorker } from './team';
import { Tilecast } from './tilecast';

const MAX_WORKERS = 8; // that compute one picture, with this one

const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToCoordinator>) => void;
  postMessage(message: FromCoordinator, transfer?: Transferable[]): void;
};

function spawn(): TileWorker {
  return new Worker(new URL('./tile.worker.ts', import.meta.url), { type: 'module' }) as TileWorker;
}

function spawnReader(): CodesWorker {
  return new Worker(new URL('./codes.worker.ts', import.meta.url), { type: 'module' }) as CodesWorker;
}

async function open(): Promise<Coordinator> {
  const helpers = Math.min(MAX_WORKERS, navigator.hardwareConcurrency || 2) - 1;
  const readers = new Readers(loadReaders, helpers + 1, spawnReader);
  if (helpers > 0 && self.crossOriginIsolated) {
    try {
      const crew = await Crew.open(await compile(sharedUrl), helpers, spawn);
      return new Coordinator(crew.tilecast, readers, crew);
    } catch (thrown) {
      console.warn(`workers without common memory: ${String(thrown)}`);
    }
  }
  const module = await compile(tilecastUrl);
  const team = helpers > 0 ? new Team(module, helpers, spawn) : null;
  return new Coordinator(await Tilecast.open(module), readers, team);
}

const opened = open();
let abort: { job: number; controller: AbortController } | null = null;

async function perform(coordinator: Coordinator, message: ToCoordinator): Promise<void> {
  const { job } = message;
  const controller = new AbortController();
  const emit = (event: JobEvent, transfer?: Transferable[]) => scope.postMessage({ job, ...event }, transfer);
  abort = { job, controller };
  const end = await coordinator.end(() => {
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
    if (abort?.job === data.job) abort.controller.abort();
    return;
  }
  opened
    .then((coordinator) => perform(coordinator, data))
    .catch((thrown: unknown) =>
      scope.postMessage({ job: data.job, type: 'failed', error: describe(thrown).error, spent: true }),
    );
};
