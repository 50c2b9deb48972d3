// Gives a thread of node's the scope of a Web Worker, before the worker's module is imported.
import { parentPort } from 'node:worker_threads';

interface Message {
  type: string;
  job?: number;
}

const port = parentPort as NonNullable<typeof parentPort>;
const scope = {
  postMessage: (message: unknown, transfer?: ArrayBuffer[]) => port.postMessage(message, transfer),
  onmessage: (_event: { data: Message }) => {},
};

export function installScope(): void {
  (globalThis as unknown as { self: typeof scope }).self = scope;
}

// Passes messages to the worker; `inspect` sees each of them before.
export function forwardMessages(inspect: (message: Message) => void = () => {}): void {
  port.on('message', (data: Message) => {
    inspect(data);
    scope.onmessage({ data });
  });
}
