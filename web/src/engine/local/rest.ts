// How a coordinator stops computing for a while, so that messages come in: tiles of its workers, a cancellation.

export const PAUSE_MS = 50; // between looks at messages, in work that is done without a team

export class Cancelled extends Error {}

// For once in a while: browsers hold back timers that follow each other by 4 ms.
export async function pause(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  if (signal.aborted) throw new Cancelled();
}

// For between tiles. Each way of resting throws Cancelled when the signal has come.
export class Rest {
  private channel: MessageChannel | null = null; // made when it is needed: that takes as long as a megapixel of a light run
  private wake = () => {};
  private last = performance.now();
  private readonly abort = () => {
    this.wake();
    this.end();
  };
  end = () => {}; // of untilEnd

  constructor(private readonly signal: AbortSignal) {
    if (signal.aborted) throw new Cancelled();
    signal.addEventListener('abort', this.abort);
  }

  // True when the last rest was long ago.
  get due(): boolean {
    return performance.now() - this.last >= PAUSE_MS;
  }

  // Until a message to itself has come, which comes behind those that wait already. Nothing else may end this rest: the
  // message would end the next one at once, before what has come after it.
  async forMessages(): Promise<void> {
    if (!this.channel) {
      this.channel = new MessageChannel();
      this.channel.port1.onmessage = () => this.wake();
    }
    this.channel.port2.postMessage(null);
    await this.until((wake) => (this.wake = wake));
  }

  // Until `end` is called.
  async untilEnd(): Promise<void> {
    await this.until((end) => (this.end = end));
  }

  private async until(keep: (resolve: () => void) => void): Promise<void> {
    if (!this.signal.aborted) await new Promise<void>(keep);
    if (this.signal.aborted) throw new Cancelled();
    this.last = performance.now();
  }

  close(): void {
    this.signal.removeEventListener('abort', this.abort);
    this.channel?.port1.close();
  }
}
