// One piece of work at a time per tenant: others wait a little, then are told what they waited for.

import { problem } from '../domain/errors.ts';

interface Holder {
  readonly what: string;
  readonly released: Promise<void>;
}

/** Long enough for a start or a stop by the daemon itself; shorter than a person's patience. */
const WAIT_MS = 15_000;

export class Locks {
  readonly #held = new Map<string, Holder>();

  /** What is under way for a tenant, if anything. */
  holder(name: string): string | undefined {
    return this.#held.get(name)?.what;
  }

  /**
   * Runs work alone.
   * @throws Problem TENANT_BUSY when somebody else holds the tenant longer than the wait
   */
  async run<T>(name: string, what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const tooLong = AbortSignal.timeout(WAIT_MS);
    // no await between the look and the entry below: no two callers can pass
    while (this.#held.has(name)) await this.#wait(name, signal, tooLong);
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#held.set(name, { what, released });
    try {
      return await work();
    } finally {
      this.#held.delete(name);
      release();
    }
  }

  /** Until the present holder is gone; the caller looks again. */
  async #wait(name: string, signal: AbortSignal, tooLong: AbortSignal): Promise<void> {
    const holder = this.#held.get(name);
    await Promise.race([holder?.released, whenAborted(AbortSignal.any([signal, tooLong]))]);
    signal.throwIfAborted();
    if (tooLong.aborted && this.#held.has(name)) throw problem('TENANT_BUSY', { name, what: this.holder(name) });
  }
}

const whenAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
