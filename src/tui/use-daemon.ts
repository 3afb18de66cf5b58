// The one hook that speaks to the daemon: polls, follows events, loads what the screen needs, does the work asked for.

import { useEffect } from 'react';
import { callDaemon, followEvents, streamWork } from '../api/client.ts';
import type { TopView, VersionView } from '../api/contract.ts';
import { toProblem } from '../domain/errors.ts';
import { planLoads } from './state/loads.ts';
import type { Job, Prefs } from './state/types.ts';
import type { Store } from './store.ts';
import { shownNames } from './view-model/screen.ts';

export interface Daemon {
  readonly socket: string;
  readonly now: () => number;
  /** Keeps the preferences; never fails. */
  readonly save: (prefs: Prefs) => void;
}

/** A daemon that restarts is back within seconds; asking once a second costs nothing. */
const RETRY_MS = 1000;
/** Of the past, at the start. */
const EVENTS_BEFORE = 200;
const POLL_TIMEOUT_MS = 10_000;

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, signal.aborted ? 0 : ms);
    signal.addEventListener('abort', done);
  });

/** Everything that runs while the dashboard does; aborting the signal ends it. */
class Conversation {
  readonly #store: Store;
  readonly #daemon: Daemon;
  readonly #signal: AbortSignal;
  /** Ends the pause before the next poll. */
  #pause = new AbortController();

  constructor(store: Store, daemon: Daemon, signal: AbortSignal) {
    this.#store = store;
    this.#daemon = daemon;
    this.#signal = signal;
  }

  get #options(): { socket: string; signal: AbortSignal; timeoutMs: number } {
    return { socket: this.#daemon.socket, signal: this.#signal, timeoutMs: POLL_TIMEOUT_MS };
  }

  #get<T>(path: string): Promise<T> {
    return callDaemon<T>(this.#options, { method: 'GET', path });
  }

  async #pollOnce(): Promise<void> {
    const { now } = this.#daemon;
    try {
      const top = await this.#get<TopView>('/v1/top');
      this.#store.send({ type: 'top', top, now: now() });
      this.#loadWanted();
    } catch (error) {
      if (!this.#signal.aborted) this.#store.send({ type: 'lost', why: toProblem(error).message, now: now() });
    }
  }

  async poll(): Promise<void> {
    while (!this.#signal.aborted) {
      await this.#pollOnce();
      this.#pause = new AbortController();
      const { link, prefs } = this.#store.read();
      const pause = AbortSignal.any([this.#signal, this.#pause.signal]);
      await wait(link.kind === 'up' ? prefs.intervalMs : RETRY_MS, pause);
    }
  }

  pollNow(): void {
    this.#pause.abort();
  }

  /** Starts what is due; each answer makes room for the next. */
  #loadWanted(): void {
    const state = this.#store.read();
    for (const { key, path } of planLoads(state, shownNames(state))) {
      this.#store.send({ type: 'asked', key, now: this.#daemon.now() });
      void this.#load(key, path);
    }
  }

  async #load(key: string, path: string): Promise<void> {
    const { now } = this.#daemon;
    try {
      const value = await this.#get<unknown>(path);
      this.#store.send({ type: 'loaded', key, value, now: now() });
      this.#loadWanted();
    } catch (error) {
      if (!this.#signal.aborted)
        this.#store.send({ type: 'refused', key, problem: toProblem(error).message, now: now() });
    }
  }

  /** After a key: what the new screen needs, without waiting for the next poll. */
  wantMore(): void {
    this.#loadWanted();
  }

  /** From the events before the start on; a stream that ended is taken up where it ended. */
  async follow(): Promise<void> {
    let since = -1;
    while (!this.#signal.aborted) {
      try {
        if (since < 0) since = Math.max(0, (await this.#get<VersionView>('/v1/version')).lastSeq - EVENTS_BEFORE);
        for await (const event of followEvents(this.#options, { since, follow: true })) {
          since = event.seq;
          this.#store.send({ type: 'event', event });
        }
      } catch {
        // the poll says what is wrong
      }
      await wait(RETRY_MS, this.#signal);
    }
  }

  /** One after the other; each tells its steps, and the next begins whatever became of the last. */
  async work(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) {
      const { id } = job;
      try {
        await this.#run(job);
        this.#store.send({ type: 'worked', id, ok: true, text: 'done', now: this.#daemon.now() });
      } catch (error) {
        const { message, hint } = toProblem(error);
        this.#store.send({ type: 'worked', id, ok: false, text: `${message}; ${hint}`, now: this.#daemon.now() });
      }
    }
  }

  async #run({ id, method, path, body, streams }: Job): Promise<void> {
    // leaving the dashboard must not undo what was asked for: no signal here
    const options = { socket: this.#daemon.socket };
    const call = { method, path, ...(body === undefined ? {} : { body }) };
    const tell = (text: string, index: number, total: number): void =>
      this.#store.send({ type: 'work', id, text, index, total });
    tell('asked the daemon', 0, 0);
    if (!streams) await callDaemon(options, call);
    else
      await streamWork(options, call, (message) => {
        if (message.type === 'step') tell(message.text, message.index, message.total);
        if (message.type === 'progress') tell(message.text, 0, 0);
      });
  }
}

export const useDaemon = (store: Store, daemon: Daemon): void => {
  useEffect(() => {
    const end = new AbortController();
    const talk = new Conversation(store, daemon, end.signal);
    const stopEffects = store.onEffect((effect) => {
      if (effect.kind === 'poll') talk.pollNow();
      if (effect.kind === 'save') daemon.save(effect.prefs);
      if (effect.kind === 'work') void talk.work(effect.jobs);
    });
    let seen = store.read();
    const stopWatching = store.subscribe(() => {
      const { detail, at, dialog } = store.read();
      const isElsewhere =
        detail?.name !== seen.detail?.name ||
        detail?.pane !== seen.detail?.pane ||
        at !== seen.at ||
        dialog?.kind !== seen.dialog?.kind;
      seen = store.read();
      if (isElsewhere) talk.wantMore();
    });
    void talk.poll();
    void talk.follow();
    return () => {
      stopEffects();
      stopWatching();
      end.abort();
    };
  }, [store, daemon]);
};
