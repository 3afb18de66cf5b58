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

/** Sends all that is kept after the cursor, in pages. @returns the new cursor */
const sendKept = (response: ServerResponse, store: EventStore, query: EventQuery, from: number): number => {
  let cursor = from;
  for (;;) {
    const page = store.read(cursor, PAGE);
    const lines = page.filter((event) => query.tenant === null || event.tenant === query.tenant);
    for (const event of lines) response.write(`${JSON.stringify(event)}\n`);
    cursor = page.at(-1)?.seq ?? cursor;
    if (response.writableLength > MAX_BEHIND) response.destroy();
    if (page.length < PAGE || response.destroyed) return cursor;
  }
};

/** @throws Problem EVENTS_LOST before anything is sent */
export const streamEvents = (response: ServerResponse, store: EventStore, hub: EventHub, query: EventQuery): void => {
  store.read(query.since, 1); // a gap is told as an ordinary failure, before the headers
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  let cursor = sendKept(response, store, query, query.since);
  if (!query.follow) {
    response.end();
    return;
  }
  const stop = hub.follow(() => {
    try {
      cursor = sendKept(response, store, query, cursor);
    } catch {
      response.destroy(); // pruned while it slept: it has to start anew, knowingly
    }
  });
  response.on('close', stop);
};
