// Reads the codes of one picture after the other.
import { describe, type FromCodesWorker, type ToCodesWorker } from './messages';
import { Reader } from './reader';

const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToCodesWorker>) => void;
  postMessage(message: FromCodesWorker, transfer?: Transferable[]): void;
};

let opened: Promise<Reader>;

async function handle(message: ToCodesWorker): Promise<void> {
  if (message.type === 'open') {
    opened = Reader.open(message.modules);
    opened.catch(() => {}); // reported with the first picture
    return;
  }
  const reader = await opened;
  const { width, height, channels, pixels, symbologies, part } = message;
  const found = (codes: Uint8Array<ArrayBuffer>) =>
    scope.postMessage({ type: 'found', codes }, [codes.buffer]);
  await reader.readRecovering({ width, height, channels, pixels }, symbologies, { part, found });
  scope.postMessage({ type: 'read', size: reader.size });
}

scope.onmessage = ({ data }) => {
  handle(data).catch((thrown: unknown) =>
    scope.postMessage({ type: 'failed', error: describe(thrown).error }),
  );
};
