// A tile worker: computes tiles in a WebAssembly instance of its own, those that it is given, or, in one memory with its
// coordinator, those that it takes.
import { Hand } from './crew';
import { type FromTileWorker, type ToTileWorker, describe } from './messages';
import { TILE, Tilecast, type Tiler } from './tilecast';

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
      if (!tiler) return; // its plan has failed and said so
      const { job, slot, task, input } = message;
      const { pixels, partial } = tiler.compute(task, input);
      scope.postMessage({ type: 'tile', job, slot, pixels, partial }, [pixels.buffer, partial.buffer]);
      break;
    }
    case 'work':
      work(tilecast, message);
  }
}

// Takes tiles until the job is over.
function work(tilecast: Tilecast, { job, run: address, slot, shows }: ToTileWorker & { type: 'work' }): void {
  const run = tilecast.runAt(address);
  const hand = new Hand(tilecast, run, job, slot, false);
  try {
    for (let task = hand.next(); task.kind === TILE; task = hand.next()) {
      hand.compute(task, shows[task.stage], ({ pixels, lines }) => {
        if (!pixels && !lines) return false;
        scope.postMessage({ type: 'done', job, task, pixels, lines }, pixels ? [pixels.buffer] : []);
        return true;
      });
    }
  } catch (thrown) {
    tilecast.module.exports.tc_page_crew_stop(Number(describe(thrown).broken));
    throw thrown;
  } finally {
    run.leave();
  }
}

// One message after the other, in their order.
let last = Promise.resolve();
scope.onmessage = ({ data }) => {
  last = last
    .then(() => handle(data))
    .catch((thrown: unknown) =>
      scope.postMessage({ type: 'failed', job: 'job' in data ? data.job : 0, ...describe(thrown) }),
    );
};
