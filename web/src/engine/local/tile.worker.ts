// A tile worker. It computes the tiles that messages bring, in a memory of its own, or pulls tiles from a run in the
// memory that it shares with its coordinator.
import { describe, type FromTileWorker, type ToTileWorker } from './messages';
import { SharedRun } from './shared_run';
import { TILE } from './task';
import { Tilecast } from './tilecast';
import type { Tiler } from './tiler';

const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToTileWorker>) => void;
  postMessage(message: FromTileWorker, transfer?: Transferable[]): void;
};

let opened: Promise<Tilecast>;
let tiler: Tiler | null = null;

async function handle(message: ToTileWorker): Promise<void> {
  if (message.type === 'open' || message.type === 'join') {
    opened = Tilecast.open(message.module, message.type === 'join' ? message.shared : null);
    return;
  }
  const tilecast = await opened;
  switch (message.type) {
    case 'plan':
      tiler?.destroy();
      tiler = null;
      tiler = tilecast.tiler(message.pipeline, message.source);
      break;
    case 'begin':
      tiler?.begin(message.merged);
      break;
    case 'tile': {
      if (!tiler) return; // its plan has failed, which was reported
      const { job, slot, task, input } = message;
      const { pixels, partial } = tiler.compute(task, input);
      scope.postMessage({ type: 'tile', job, slot, pixels, partial }, [pixels.buffer, partial.buffer]);
      break;
    }
    case 'work':
      work(tilecast, message);
  }
}

// Computes tiles until the job is over.
function work(tilecast: Tilecast, { job, run: address, slot, shown }: ToTileWorker & { type: 'work' }): void {
  const run = tilecast.runAt(address);
  const shared = new SharedRun(tilecast, run, job, slot, false);
  try {
    for (let task = shared.next(); task.kind === TILE; task = shared.next()) {
      shared.compute(task, shown[task.stage], ({ pixels, lines }) => {
        if (!pixels && !lines) return false;
        scope.postMessage({ type: 'done', job, task, pixels, lines }, pixels ? [pixels.buffer] : []);
        return true;
      });
    }
  } catch (thrown) {
    tilecast.module.exports.tc_page_threads_stop(Number(describe(thrown).crashed));
    throw thrown;
  } finally {
    run.detach();
  }
}

// Messages are handled one after the other, in their order.
let last = Promise.resolve();
scope.onmessage = ({ data }) => {
  last = last
    .then(() => handle(data))
    .catch((thrown: unknown) =>
      scope.postMessage({ type: 'failed', job: 'job' in data ? data.job : 0, ...describe(thrown) }),
    );
};
