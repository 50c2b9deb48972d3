// Looks for codes in the frames of the camera, in a Web Worker of its own.
import tilecastUrl from '@wasm/tilecast.wasm?url';
import { describe } from '../engine/local/messages';
import { compile } from '../engine/local/module';
import { Reader } from '../engine/local/reader';
import { loadReaders } from '../engine/local/reader_modules';
import { Tilecast } from '../engine/local/tilecast';
import { Grey } from './grey';
import type { Frame, FromLooker, ToLooker } from './messages';
import { Turns } from './turns';

const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToLooker>) => void;
  postMessage(message: FromLooker): void;
};

interface Tools {
  reader: Reader;
  tilecast: Tilecast; // knows how codes are written
}

async function open(): Promise<Tools> {
  const [modules, tilecast] = await Promise.all([loadReaders(), compile(tilecastUrl)]);
  return { reader: await Reader.open(modules), tilecast: await Tilecast.open(tilecast) };
}

const opened = open();
opened.catch(() => {}); // said when it is to look
const grey = new Grey();
const turns = new Turns();
let symbologies = 0;

async function look(frame: Frame): Promise<void> {
  const { reader, tilecast } = await opened;
  const picture = await grey.read(frame);
  const { width, height } = picture;
  await turns.read(reader, picture, symbologies, (codes) =>
    scope.postMessage({ type: 'found', width, height, codes: tilecast.codes(codes) }),
  );
}

scope.onmessage = ({ data }) => {
  if (data.type === 'open') {
    symbologies = data.symbologies;
    return;
  }
  look(data.frame).then(
    () => scope.postMessage({ type: 'looked' }),
    (thrown: unknown) => scope.postMessage({ type: 'failed', error: describe(thrown).error }),
  );
};
