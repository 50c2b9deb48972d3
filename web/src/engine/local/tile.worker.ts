// A tile worker: computes one tile after the other in a WebAssembly instance of its own.
import { type FromTileWorker, type ToTileWorker, describe } from './messages';
import { Tilecast, type Tiler } from './tilecast';

const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToTileWorker>) => void;
  postMessage(message: FromTileWorker, transfer?: Transferable[]): void;
};

let opened: Promise<Tilecast>;
let tiler: Tiler | null = null;

async function handle(message: ToTileWorker): Promise<void> {
  if (message.type === 'open') {
    opened = Tilecast.open(message.module);
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
    }
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
