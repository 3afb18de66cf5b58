// Tells a tenant what holds it back, whenever that changes.

import type { Act, Hold } from '../domain/policy-types.ts';
import type { Notice } from '../ports/notices.ts';
import type { EnginePorts } from './engine-ports.ts';
import type { Deciding } from './scheduler.ts';

/** Acts a tenant is shown. */
const KEPT_ACTS = 8;

interface Telling extends Deciding {
  readonly ports: Deciding['ports'] & Pick<EnginePorts, 'notices' | 'log'>;
}

const isoOf = (ms: number): string => new Date(ms).toISOString();

const keyOf = (holds: readonly Hold[]): string => holds.map(({ rule, cap, until }) => `${rule} ${cap} ${until}`).join();

/** Remembers what each tenant was told last. */
export class Told {
  readonly #last = new Map<string, string>();
  readonly #acts = new Map<string, Notice['acts']>();

  /** Once a tick; writes only for those to whom something is new. */
  tick(engine: Telling, acts: readonly Act[]): void {
    for (const act of acts) this.#remember(act);
    const acted = new Set(acts.map(({ tenant }) => tenant));
    for (const [name, { holds, effective }] of Object.entries(engine.scheduler.verdicts)) {
      const { startedAt } = engine.runtimes.get(name);
      // a new run has a new folder to be told in
      const key = `${startedAt} ${effective.cpu} ${effective.memory} ${keyOf(holds)}`;
      if (key === this.#last.get(name) && !acted.has(name)) continue;
      this.#last.set(name, key);
      this.#tell(engine, name, holds, effective);
    }
  }

  #remember({ tenant, at, rule, mode, cause }: Act): void {
    if (mode === 'watch') return;
    const before = this.#acts.get(tenant) ?? [];
    this.#acts.set(tenant, [{ at: isoOf(at), rule, text: cause }, ...before].slice(0, KEPT_ACTS));
  }

  #tell(engine: Telling, name: string, holds: readonly Hold[], { cpu, memory }: Notice['limits']): void {
    const { notices, clock, log } = engine.ports;
    const held = holds.filter(({ rule }) => rule !== 'limit' && rule !== 'house');
    try {
      notices.tell({
        at: isoOf(clock.now()),
        name,
        limits: { cpu, memory },
        holds: held.map(({ rule, resource, cap, until, text }) => ({
          rule,
          resource,
          cap,
          until: until === null || !Number.isFinite(until) ? null : isoOf(until),
          text,
        })),
        acts: this.#acts.get(name) ?? [],
      });
    } catch (error) {
      log.warn('a tenant could not be told', { tenant: name, error: String(error) });
    }
  }
}
