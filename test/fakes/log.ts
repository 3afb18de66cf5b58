// A log that keeps what it is told.

import type { Log } from '../../src/ports/log.ts';

export interface LogEntry {
  readonly level: keyof Log;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface FakeLog extends Log {
  readonly entries: readonly LogEntry[];
  /** Messages of one level. */
  messages(level: keyof Log): string[];
}

export const createLog = (): FakeLog => {
  const entries: LogEntry[] = [];
  const keep =
    (level: keyof Log): Log['info'] =>
    (message, data = {}) => {
      entries.push({ level, message, data });
    };
  return {
    entries,
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    messages: (wanted) => entries.filter(({ level }) => level === wanted).map(({ message }) => message),
  };
};
