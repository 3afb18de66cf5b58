// Small numbers for tenants' ids, so that a row has one byte for whose it is. A number is never given again.

import type { DatabaseSync, StatementSync } from 'node:sqlite';

export class TenantNumbers {
  readonly #known = new Map<string, number>();
  readonly #find: StatementSync;
  readonly #add: StatementSync;
  readonly #all: StatementSync;
  readonly #remove: StatementSync;

  constructor(db: DatabaseSync) {
    this.#find = db.prepare('SELECT number FROM tenants WHERE id = ?');
    this.#add = db.prepare('INSERT INTO tenants (id) VALUES (?)');
    this.#all = db.prepare('SELECT number, id FROM tenants');
    this.#remove = db.prepare('DELETE FROM tenants WHERE number = ?');
  }

  find(id: string): number | undefined {
    const known = this.#known.get(id) ?? (this.#find.get(id) as { number: number } | undefined)?.number;
    if (known !== undefined) this.#known.set(id, known);
    return known;
  }

  give(id: string): number {
    const known = this.find(id);
    if (known !== undefined) return known;
    const fresh = Number(this.#add.run(id).lastInsertRowid);
    this.#known.set(id, fresh);
    return fresh;
  }

  /** Ids by number. */
  list(): Map<number, string> {
    return new Map((this.#all.all() as { number: number; id: string }[]).map(({ number, id }) => [number, id]));
  }

  remove(id: string): void {
    const number = this.find(id);
    this.#known.delete(id);
    if (number !== undefined) this.#remove.run(number);
  }

  /** After a rollback: numbers given in it are not there. */
  forgetKnown(): void {
    this.#known.clear();
  }
}
