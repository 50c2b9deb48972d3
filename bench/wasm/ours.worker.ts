// The page's engine in a Web Worker: its coordinator, alone or with a team of tile workers, on a picture in memory.
import { Coordinator } from '../../web/src/engine/local/coordinator';
import { Crew } from '../../web/src/engine/local/crew';
import { Meter } from '../../web/src/engine/local/progress';
import { Readers } from '../../web/src/engine/local/readers';
import { Team, type TileWorker } from '../../web/src/engine/local/team';
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

const noReaders = new Readers(() => Promise.reject(new Error('no reader of codes here')), 0, () => {
  throw new Error('no reader of codes here');
});

let tilecast: Tilecast;
let coordinator: Coordinator;
let source: { width: number; height: number; channels: number };
let pixels: Uint8Array;
let pipeline = '';

// Nobody watches: no tiles, no file.
const options = { want: 'file', preview: false, format: 'png', quality: 90 } as const;
const signal = new AbortController().signal;

const compile = (name: string) => WebAssembly.compileStreaming(fetch(`/wasm/${name}.wasm`));

async function open(workers: number): Promise<void> {
  const spawn = () => new Worker('/worker/tile.worker.js', { type: 'module' }) as TileWorker;
  let team: Team | Crew | null = null;
  if (workers > 1 && self.crossOriginIsolated) {
    team = await Crew.open(await compile('tilecast_shared'), workers - 1, spawn);
    tilecast = team.tilecast;
  } else {
    const module = await compile('tilecast');
    if (workers > 1) team = new Team(module, workers - 1, spawn);
    tilecast = await Tilecast.open(module);
  }
  coordinator = new Coordinator(tilecast, noReaders, team);
}

async function run(want: boolean) {
  const plan = tilecast.plan(pipeline, source);
  const picture = tilecast.picture(source, pixels);
  try {
    const start = performance.now();
    await coordinator.apply(picture, plan, { ...options, pipeline }, () => {}, new Meter(() => {}), signal);
    const ms = performance.now() - start;
    return want ? { ...picture.shape, pixels: picture.pixels() } : { ms };
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
