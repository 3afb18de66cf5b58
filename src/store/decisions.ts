// What was decided on, for a replay: frames in blobs, configurations once each, states now and then.

import { createHash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { HouseConfig, PolicyState } from '../domain/policy-types.ts';
import type { Command, DecisionChunk } from '../ports/history.ts';
import { decodeFrames, encodeFrames } from './frames.ts';

/** Chunks held in memory by a reader; with 1000 tenants one has some 100 KB. */
const PAGE = 30;

interface Row {
  readonly number: number;
  readonly config: number;
  readonly frames: Uint8Array;
  readonly states: Uint8Array | null;
  readonly commands: string | null;
}

const pack = (value: unknown): Uint8Array => deflateRawSync(JSON.stringify(value));
const unpack = (bytes: Uint8Array): unknown => JSON.parse(inflateRawSync(bytes).toString());

export class Decisions {
  readonly #insert: StatementSync;
  readonly #findConfig: StatementSync;
  readonly #addConfig: StatementSync;
  readonly #getConfig: StatementSync;
  readonly #first: StatementSync;
  readonly #firstAfter: StatementSync;
  readonly #page: StatementSync;
  readonly #removals: readonly StatementSync[];
  /** The configuration written last, by identity: digesting it anew each time would cost more than the frames. */
  #last: { readonly config: HouseConfig; readonly number: number } | undefined;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('INSERT INTO decisions (at, config, frames, states, commands) VALUES (?, ?, ?, ?, ?)');
    this.#findConfig = db.prepare('SELECT number FROM configs WHERE digest = ?');
    this.#addConfig = db.prepare('INSERT INTO configs (digest, data) VALUES (?, ?)');
    this.#getConfig = db.prepare('SELECT data FROM configs WHERE number = ?');
    this.#first = db.prepare(
      'SELECT number FROM decisions WHERE states IS NOT NULL AND at <= ? ORDER BY at DESC, number DESC LIMIT 1',
    );
    this.#firstAfter = db.prepare(
      'SELECT number FROM decisions WHERE states IS NOT NULL AND at > ? ORDER BY at, number LIMIT 1',
    );
    this.#page = db.prepare('SELECT * FROM decisions WHERE number >= ? AND at < ? ORDER BY number LIMIT ?');
    this.#removals = [
      db.prepare(
        'DELETE FROM decisions WHERE number IN (SELECT number FROM decisions WHERE at < ? ORDER BY at LIMIT 60)',
      ),
      // the newest stays: it is the one in force
      db.prepare(
        `DELETE FROM configs WHERE number < (SELECT max(number) FROM configs)
         AND NOT EXISTS (SELECT 1 FROM decisions WHERE config = configs.number)`,
      ),
    ];
  }

  #numberOf(config: HouseConfig): number {
    if (this.#last?.config === config) return this.#last.number;
    const text = JSON.stringify(config);
    const digest = createHash('sha256').update(text).digest('hex');
    const known = (this.#findConfig.get(digest) as { number: number } | undefined)?.number;
    const number = known ?? Number(this.#addConfig.run(digest, deflateRawSync(text)).lastInsertRowid);
    this.#last = { config, number };
    return number;
  }

  write({ config, frames, states, commands }: DecisionChunk): void {
    const first = frames[0];
    if (!first) return;
    this.#insert.run(
      first.at,
      this.#numberOf(config),
      encodeFrames(frames),
      states && pack(states),
      commands.length > 0 ? JSON.stringify(commands) : null,
    );
  }

  /** Where a replay from that time begins; undefined when there is nothing to begin from. */
  findStart(from: number): number | undefined {
    const found = (this.#first.get(from) ?? this.#firstAfter.get(from)) as { number: number } | undefined;
    return found?.number;
  }

  /** Chunks from that number on, and the number to go on with; undefined after the last page. */
  readPage(start: number, to: number): { readonly chunks: DecisionChunk[]; readonly next: number | undefined } {
    const configs = new Map<number, HouseConfig>();
    const rows = this.#page.all(start, to, PAGE) as unknown as Row[];
    const last = rows.at(-1);
    return {
      chunks: rows.map((row) => this.#parse(row, configs)),
      next: last && rows.length === PAGE ? last.number + 1 : undefined,
    };
  }

  #parse(row: Row, configs: Map<number, HouseConfig>): DecisionChunk {
    const config = configs.get(row.config) ?? this.#readConfig(row.config);
    configs.set(row.config, config);
    return {
      config,
      states: row.states && (unpack(row.states) as Record<string, PolicyState>),
      commands: row.commands === null ? [] : (JSON.parse(row.commands) as Command[]),
      frames: decodeFrames(row.frames),
    };
  }

  #readConfig(number: number): HouseConfig {
    return unpack((this.#getConfig.get(number) as { data: Uint8Array }).data) as HouseConfig;
  }

  prune(before: number): number {
    const [chunks, configs] = this.#removals;
    const removed = Number(chunks?.run(before).changes ?? 0);
    if (removed > 0) configs?.run();
    return removed;
  }

  /** After a rollback: a configuration written in it is not there. */
  forgetKnown(): void {
    this.#last = undefined;
  }
}
