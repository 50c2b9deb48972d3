// Lets a coordinator interrupt its computing, so that messages are handled: tiles of its workers, a cancellation.

export const YIELD_INTERVAL_MS = 50; // between two yields to the event loop, in work that needs no messages

export class Cancelled extends Error {}

// Yields once by a timer, for infrequent use: browsers delay repeated timers by 4 ms. Throws Cancelled after an abort.
export async function yieldByTimer(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  if (signal.aborted) throw new Cancelled();
}

// Yields between tiles. Both waits throw Cancelled once the signal is aborted, and so does the constructor.
export class EventLoop {
  #channel: MessageChannel | null = null; // created on demand: that costs as much as a megapixel of a light run
  #drained = () => {};
  #lastYield = performance.now();
  readonly #abort = () => {
    this.#drained();
    this.notify();
  };
  notify = () => {}; // ends the present waitForNotify

  constructor(private readonly signal: AbortSignal) {
    if (signal.aborted) throw new Cancelled();
    signal.addEventListener('abort', this.#abort);
  }

  // Whether the last yield was long ago.
  get due(): boolean {
    return performance.now() - this.#lastYield >= YIELD_INTERVAL_MS;
  }

  // Handles the messages that are queued: waits for a message to itself, which is queued behind them. Nothing else may
  // end this wait: the message would still be queued, and would end the next drain too early.
  async drain(): Promise<void> {
    if (!this.#channel) {
      this.#channel = new MessageChannel();
      this.#channel.port1.onmessage = () => this.#drained();
    }
    this.#channel.port2.postMessage(null);
    await this.#wait((resolve) => (this.#drained = resolve));
  }

  async waitForNotify(): Promise<void> {
    await this.#wait((resolve) => (this.notify = resolve));
  }

  async #wait(start: (resolve: () => void) => void): Promise<void> {
    if (!this.signal.aborted) await new Promise<void>(start);
    if (this.signal.aborted) throw new Cancelled();
    this.#lastYield = performance.now();
  }

  close(): void {
    this.signal.removeEventListener('abort', this.#abort);
    this.#channel?.port1.close();
  }
}
