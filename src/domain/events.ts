// What happened, for people and for the event stream.

export type EventType =
  | 'tenant-added'
  | 'tenant-removed'
  | 'tenant-restored'
  | 'tenant-started'
  | 'tenant-stopped'
  | 'tenant-frozen'
  | 'tenant-thawed'
  | 'tenant-died'
  | 'tenant-restarted'
  | 'restart-given-up'
  | 'limits-changed'
  | 'drift-repaired'
  | 'memory-descent'
  | 'memory-not-reached'
  | 'cpu-throttled'
  | 'memory-limit'
  | 'oom-kill'
  | 'fork-refused'
  | 'rule-act'
  | 'rule-watch'
  | 'guard-kill'
  | 'rules-changed'
  | 'pardoned'
  | 'credits-moved'
  | 'history-renewed'
  | 'history-missing'
  | 'history-found'
  | 'healed'
  | 'rules-repaired'
  | 'link-lost'
  | 'trash-emptied'
  | 'daemon-started'
  | 'daemon-stopping';

export interface TenantEvent {
  readonly seq: number;
  /** ISO 8601. */
  readonly at: string;
  readonly type: EventType;
  readonly tenant: string | null;
  /** One sentence. */
  readonly text: string;
  /** Figures behind the sentence. */
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
  /** Who caused it: `uid:0`, or `daemon`. */
  readonly by: string;
}
