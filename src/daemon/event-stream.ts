// The event stream: what is kept first, then what comes, from one source, so that nothing falls between.

import type { ServerResponse } from 'node:http';
import type { EventStore } from '../ports/store.ts';

/** A reader this far behind is cut off; it resumes from the last number it saw. */
const MAX_BEHIND = 1 << 20;
const PAGE = 500;

/** Tells followers that there is something new; they read it from the store. */
export class EventHub {
  readonly #followers = new Set<() => void>();

  notify(): void {
    for (const wake of this.#followers) wake();
  }

  follow(wake: () => void): () => void {
    this.#followers.add(wake);
    return () => this.#followers.delete(wake);
  }
}

export interface EventQuery {
  readonly since: number;
  readonly follow: boolean;
  readonly tenant: string | null;
}

/** @throws Problem EVENTS_LOST before anything is sent */
export const streamEvents = (response: ServerResponse, store: EventStore, hub: EventHub, query: EventQuery): void => {
  let cursor = query.since;
  const flush = (): void => {
    for (;;) {
      const page = store.read(cursor, PAGE);
      for (const event of page) {
        if (query.tenant === null || event.tenant === query.tenant) response.write(`${JSON.stringify(event)}\n`);
        cursor = event.seq;
      }
      if (response.writableLength > MAX_BEHIND) response.destroy();
      if (page.length < PAGE || response.destroyed) return;
    }
  };
  store.read(cursor, 1); // a gap is told as an ordinary failure, before the headers
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  flush();
  if (!query.follow) {
    response.end();
    return;
  }
  const stop = hub.follow(() => {
    // pruned while it slept: it has to start anew, knowingly
    try {
      flush();
    } catch {
      response.destroy();
    }
  });
  response.on('close', stop);
};
