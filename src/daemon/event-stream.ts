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

interface Page {
  /** Number of the last event looked at. */
  readonly cursor: number;
  /** Nothing more is kept after it. */
  readonly isLast: boolean;
}

const sendPage = (response: ServerResponse, store: EventStore, query: EventQuery, from: number): Page => {
  const page = store.read(from, PAGE);
  const lines = page.filter((event) => query.tenant === null || event.tenant === query.tenant);
  for (const event of lines) response.write(`${JSON.stringify(event)}\n`);
  return { cursor: page.at(-1)?.seq ?? from, isLast: page.length < PAGE };
};

const whenDrained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });

/** What is kept already, as fast as the reader takes it: never more than a page waits. @returns the new cursor */
const catchUp = async (response: ServerResponse, store: EventStore, query: EventQuery): Promise<number> => {
  let page: Page = { cursor: query.since, isLast: false };
  while (!page.isLast && !response.destroyed) {
    page = sendPage(response, store, query, page.cursor);
    if (response.writableNeedDrain && !response.destroyed) await whenDrained(response);
  }
  return page.cursor;
};

/** What comes, at once; a reader that does not keep up is cut off. */
const follow = (response: ServerResponse, store: EventStore, hub: EventHub, query: EventQuery): void => {
  let cursor = query.since;
  const wake = (): void => {
    try {
      for (let isLast = false; !isLast && !response.destroyed; ) {
        ({ cursor, isLast } = sendPage(response, store, query, cursor));
        if (response.writableLength > MAX_BEHIND) response.destroy();
      }
    } catch {
      response.destroy(); // pruned while it slept: it has to start anew, knowingly
    }
  };
  response.on('close', hub.follow(wake));
  wake(); // what came between the last page and now
};

/** @throws Problem EVENTS_LOST before anything is sent */
export const streamEvents = async (
  response: ServerResponse,
  store: EventStore,
  hub: EventHub,
  query: EventQuery,
): Promise<void> => {
  store.read(query.since, 1); // a gap is told as an ordinary failure, before the headers
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  const since = await catchUp(response, store, query);
  if (response.destroyed) return;
  if (query.follow) follow(response, store, hub, { ...query, since });
  else response.end();
};
