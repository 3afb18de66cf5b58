// Callers who want the same base share one build; it is cut only when the last of them has given up.

import { problem } from '../../domain/errors.ts';
import type { BaseRef } from '../../domain/tenant.ts';
import type { Progress } from '../../ports/rootfs.ts';

interface Shared {
  readonly result: Promise<BaseRef>;
  readonly listeners: Set<Progress>;
  readonly cut: AbortController;
  waiting: number;
}

export interface Caller {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

type Work = (options: Caller) => Promise<BaseRef>;

export class BuildQueue {
  readonly #running = new Map<string, Shared>();

  #begin(key: string, work: Work): Shared {
    const listeners = new Set<Progress>();
    const cut = new AbortController();
    const progress: Progress = (message) => {
      for (const listener of listeners) listener(message);
    };
    const result = work({ progress, signal: cut.signal }).finally(() => {
      if (this.#running.get(key) === shared) this.#running.delete(key);
    });
    result.catch(() => undefined); // each caller gets it; with none left it is told to nobody
    const shared: Shared = { result, listeners, cut, waiting: 0 };
    this.#running.set(key, shared);
    return shared;
  }

  /** @throws Problem CANCELLED when the caller's signal ends the wait; for the last caller, after the undo */
  async join(key: string, caller: Caller, work: Work): Promise<BaseRef> {
    if (caller.signal.aborted) throw problem('CANCELLED', { what: `building ${key}` });
    const found = this.#running.get(key);
    const shared = found && !found.cut.signal.aborted ? found : this.#begin(key, work);
    shared.waiting++;
    shared.listeners.add(caller.progress);
    try {
      return await this.#wait(key, shared, caller.signal);
    } finally {
      shared.listeners.delete(caller.progress);
    }
  }

  async #wait(key: string, shared: Shared, signal: AbortSignal): Promise<BaseRef> {
    let onAbort: () => void = () => undefined;
    const aborted = new Promise<'aborted'>((resolve) => {
      onAbort = () => resolve('aborted');
      signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      const first = await Promise.race([shared.result, aborted]);
      if (first !== 'aborted') return first;
      shared.waiting--;
      if (shared.waiting === 0) {
        shared.cut.abort(problem('CANCELLED', { what: `building ${key}` }));
        await shared.result.catch(() => undefined);
      }
      throw problem('CANCELLED', { what: `building ${key}` });
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}
