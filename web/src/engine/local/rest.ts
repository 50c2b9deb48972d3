// How a coordinator stops computing for a while, so that messages come in: tiles of its workers, a cancellation.

export const PAUSE_MS = 50; // between looks at messages, in work that is done without a team

export class Cancelled extends Error {}

// For once in a while: browsers hold back timers that follow each other by 4 ms.
export async function pause(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  if (signal.aborted) throw new Cancelled();
}

// For between tiles: a message to itself, which comes behind those that wait already. Each way of resting throws
// Cancelled when the signal has come.
export class Rest {
  private readonly channel = new MessageChannel();
  private wake = () => {};
  private last = performance.now();
  private readonly abort = () => this.wake();

  constructor(private readonly signal: AbortSignal) {
    this.channel.port1.onmessage = () => this.wake();
    signal.addEventListener('abort', this.abort);
    if (signal.aborted) throw new Cancelled();
  }

  // True when the last rest was long ago.
  get due(): boolean {
    return performance.now() - this.last >= PAUSE_MS;
  }

  forMessages(): Promise<void> {
    const rested = this.untilEnd();
    this.channel.port2.postMessage(null);
    return rested;
  }

  // Until `end` is called.
  async untilEnd(): Promise<void> {
    if (!this.signal.aborted) await new Promise<void>((resolve) => (this.wake = resolve));
    if (this.signal.aborted) throw new Cancelled();
    this.last = performance.now();
  }

  end(): void {
    this.wake();
  }

  close(): void {
    this.signal.removeEventListener('abort', this.abort);
    this.channel.port1.close();
  }
}
