// Reads the codes in frames of the camera, in a Web Worker.
import tilecastUrl from '@wasm/tilecast.wasm?url';
import { describe } from '../engine/local/messages';
import { compile } from '../engine/local/module';
import { Reader } from '../engine/local/reader';
import { loadReaderModules } from '../engine/local/reader_modules';
import { Tilecast } from '../engine/local/tilecast';
import { FrameReader } from './frame_reader';
import type { Frame, FromScanWorker, ToScanWorker } from './messages';
import { PassScheduler } from './pass_scheduler';

const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToScanWorker>) => void;
  postMessage(message: FromScanWorker): void;
};

interface Tools {
  reader: Reader;
  tilecast: Tilecast; // decodes blobs of codes
}

async function open(): Promise<Tools> {
  const [modules, tilecast] = await Promise.all([loadReaderModules(), compile(tilecastUrl)]);
  return { reader: await Reader.open(modules), tilecast: await Tilecast.open(tilecast) };
}

const opened = open();
opened.catch(() => {}); // reported with the first frame
const frames = new FrameReader();
const scheduler = new PassScheduler();
let symbologies = 0;

async function scan(frame: Frame): Promise<void> {
  const { reader, tilecast } = await opened;
  const picture = await frames.read(frame);
  const { width, height } = picture;
  await scheduler.read(reader, picture, symbologies, (codes) =>
    scope.postMessage({ type: 'found', width, height, codes: tilecast.codes(codes) }),
  );
}

scope.onmessage = ({ data }) => {
  if (data.type === 'open') {
    symbologies = data.symbologies;
    return;
  }
  scan(data.frame).then(
    () => scope.postMessage({ type: 'scanned' }),
    (thrown: unknown) => scope.postMessage({ type: 'failed', error: describe(thrown).error }),
  );
};
