// What the dashboard knows and shows: one value, changed by the reducer alone.

import type { EventView, SetRequest, TopView } from '../../api/contract.ts';
import type { Theme } from '../theme.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The connection to the daemon. */
export type Link =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'up' }
  | { readonly kind: 'down'; readonly why: string; readonly since: number };

/** Shares and figures against a tenant's own limits, or against the whole machine. */
export type Scale = 'quota' | 'host';

/** Kept between runs. */
export interface Prefs {
  readonly sort: { readonly column: string; readonly reverse: boolean };
  readonly scale: Scale;
  readonly intervalMs: number;
}

/** Average use of CPU in buckets of ten seconds, oldest first; the last one is still being filled. */
export interface Trail {
  readonly bucket: number;
  readonly samples: number;
  readonly values: readonly (number | null)[];
}

export const PANES = ['overview', 'graphs', 'processes', 'incidents', 'network', 'log', 'events'] as const;
export type Pane = (typeof PANES)[number];

export const RANGES = ['1m', '15m', '24h'] as const;
export type Range = (typeof RANGES)[number];

export interface Detail {
  readonly name: string;
  readonly pane: Pane;
  readonly range: Range;
  readonly scroll: number;
}

/** An answer kept for the screen; the planner of loads decides when it is asked for again. */
export interface Loaded {
  readonly askedAt: number;
  readonly busy: boolean;
  readonly value?: unknown;
  /** The answer before: two readings of the processes give rates. */
  readonly before?: unknown;
  readonly problem?: string;
}

export type Verb = 'start' | 'stop' | 'restart' | 'freeze' | 'thaw' | 'pardon' | 'delete';

export interface Field {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly value: string;
}

export type Purpose =
  | { readonly kind: 'create' }
  | { readonly kind: 'limits'; readonly names: readonly string[] }
  | { readonly kind: 'credits'; readonly names: readonly string[] };

export interface Form {
  readonly purpose: Purpose;
  readonly fields: readonly Field[];
  /** The field with the cursor; `fields.length` is the button. */
  readonly index: number;
}

export type MenuChoice =
  | { readonly kind: 'sort'; readonly column: string }
  | { readonly kind: 'verb'; readonly verb: Verb }
  | { readonly kind: 'limits' }
  | { readonly kind: 'credits' };

export interface MenuItem {
  readonly key: string;
  readonly label: string;
  readonly choice: MenuChoice;
}

export type Dialog =
  | { readonly kind: 'filter'; readonly before: string }
  | { readonly kind: 'help'; readonly scroll: number }
  | { readonly kind: 'menu'; readonly title: string; readonly items: readonly MenuItem[]; readonly index: number }
  | {
      readonly kind: 'confirm';
      readonly verb: Verb;
      readonly names: readonly string[];
      /** To be typed in full: the name, or `y`. */
      readonly want: string;
      readonly typed: string;
    }
  | { readonly kind: 'form'; readonly form: Form };

/** One request to the daemon on behalf of a person. */
export interface Job {
  readonly id: number;
  readonly title: string;
  readonly tenant: string;
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: SetRequest | object;
  /** Answers with steps as they happen, or with one document. */
  readonly streams: boolean;
}

export interface Work {
  readonly job: Job;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly text: string;
  /** Step and number of steps; 0 of 0 before the first. */
  readonly index: number;
  readonly total: number;
  readonly endedAt: number | undefined;
}

export interface Message {
  readonly text: string;
  readonly tone: 'good' | 'warn' | 'bad' | 'quiet';
  readonly at: number;
}

export interface State {
  readonly size: Size;
  readonly theme: Theme;
  readonly readOnly: boolean;
  readonly isRoot: boolean;
  /** Linear text for a screen reader instead of a screen. */
  readonly spoken: boolean;
  /** Wall milliseconds of the last message from outside. */
  readonly now: number;
  readonly link: Link;
  readonly top: TopView | undefined;
  readonly paused: boolean;
  readonly prefs: Prefs;
  readonly trails: Readonly<Record<string, Trail>>;
  readonly hostTrail: Trail | undefined;
  /** By name; it stays when the tenant is not among the rows for a while. */
  readonly selected: string | undefined;
  readonly marked: readonly string[];
  readonly filter: string;
  /** First row shown. */
  readonly first: number;
  readonly detail: Detail | undefined;
  /** Time travel: wall milliseconds, undefined = now. */
  readonly at: number | undefined;
  readonly loaded: Readonly<Record<string, Loaded>>;
  readonly events: readonly EventView[];
  readonly dialog: Dialog | undefined;
  readonly works: readonly Work[];
  readonly nextJob: number;
  readonly message: Message | undefined;
}

/** What the reducer asks the world to do. */
export type Effect =
  | { readonly kind: 'quit' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'poll' }
  | { readonly kind: 'shell'; readonly name: string }
  | { readonly kind: 'save'; readonly prefs: Prefs }
  | { readonly kind: 'work'; readonly jobs: readonly Job[] };

export type Change =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'paste'; readonly text: string }
  | { readonly type: 'resize'; readonly size: Size }
  | { readonly type: 'top'; readonly top: TopView; readonly now: number }
  | { readonly type: 'tick'; readonly now: number }
  | { readonly type: 'lost'; readonly why: string; readonly now: number }
  | { readonly type: 'asked'; readonly key: string; readonly now: number }
  | { readonly type: 'loaded'; readonly key: string; readonly value: unknown; readonly now: number }
  | { readonly type: 'refused'; readonly key: string; readonly problem: string; readonly now: number }
  | { readonly type: 'event'; readonly event: EventView }
  | {
      readonly type: 'work';
      readonly id: number;
      readonly text: string;
      readonly index: number;
      readonly total: number;
    }
  | { readonly type: 'worked'; readonly id: number; readonly ok: boolean; readonly text: string; readonly now: number }
  | { readonly type: 'said'; readonly text: string; readonly tone: Message['tone'] };

export interface Next {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export const stay = (state: State, ...effects: Effect[]): Next => ({ state, effects });
