// The page's engine in a Web Worker: its coordinator, alone or with a pool of tile workers, on a picture in memory.
import { Coordinator } from '../../web/src/engine/local/coordinator';
import { MessagePool } from '../../web/src/engine/local/message_pool';
import type { TileWorker } from '../../web/src/engine/local/messages';
import { Meter } from '../../web/src/engine/local/progress';
import { ReaderPool } from '../../web/src/engine/local/reader_pool';
import { SharedPool } from '../../web/src/engine/local/shared_pool';
import { Tilecast } from '../../web/src/engine/local/tilecast';

interface Message {
  id: number;
  type: 'decode' | 'open' | 'prepare' | 'run' | 'close';
  workers: number;
  pipeline: string;
  file: Uint8Array;
  width: number;
  height: number;
  pixels: Uint8Array;
}

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Message>) => void;
  postMessage(message: unknown, transfer?: Transferable[]): void;
};

const noReaders = new ReaderPool(() => Promise.reject(new Error('there is no code reader here')), 0, () => {
  throw new Error('there is no code reader here');
});

let tilecast: Tilecast;
let coordinator: Coordinator;
let source: { width: number; height: number; channels: number };
let pixels: Uint8Array;
let pipeline = '';

// Neither tiles nor a file.
const options = { want: 'file', preview: false, format: 'png', quality: 90 } as const;
const signal = new AbortController().signal;

const compile = (name: string) => WebAssembly.compileStreaming(fetch(`/wasm/${name}.wasm`));

async function open(workers: number): Promise<void> {
  const spawn = () => new Worker('/worker/tile.worker.js', { type: 'module' }) as TileWorker;
  let pool: MessagePool | SharedPool | null = null;
  if (workers > 1 && self.crossOriginIsolated) {
    pool = await SharedPool.open(await compile('tilecast_shared'), workers - 1, spawn);
    tilecast = pool.tilecast;
  } else {
    const module = await compile('tilecast');
    if (workers > 1) pool = new MessagePool(module, workers - 1, spawn);
    tilecast = await Tilecast.open(module);
  }
  coordinator = new Coordinator(tilecast, noReaders, pool);
}

async function run(wantPixels: boolean) {
  const plan = tilecast.plan(pipeline, source);
  const picture = tilecast.picture(source, pixels);
  try {
    const start = performance.now();
    const context = { options: { ...options, pipeline }, emit: () => {}, meter: new Meter(() => {}), signal };
    await coordinator.apply(picture, plan, context);
    const ms = performance.now() - start;
    return wantPixels ? { ...picture.shape, pixels: picture.pixels() } : { ms };
  } finally {
    picture.destroy();
    plan.destroy();
  }
}

async function handle(message: Message): Promise<{ pixels?: Uint8Array<ArrayBuffer> }> {
  switch (message.type) {
    case 'decode': {
      await open(1);
      const picture = tilecast.decode(message.file);
      const decoded = { ...picture.shape, pixels: picture.pixels() };
      picture.destroy();
      return decoded;
    }
    case 'open':
      await open(message.workers);
      source = { width: message.width, height: message.height, channels: 3 };
      pixels = message.pixels;
      return {};
    case 'prepare':
      pipeline = message.pipeline;
      return await run(true);
    case 'run':
      return (await run(false)) as object;
    case 'close':
      return {};
  }
}

scope.onmessage = ({ data }) => {
  handle(data).then(
    (answer) => scope.postMessage({ id: data.id, ...answer }, answer.pixels ? [answer.pixels.buffer] : []),
    (thrown: unknown) => scope.postMessage({ id: data.id, reason: String(thrown) }),
  );
};
