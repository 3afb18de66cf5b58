// Tells a tenant what holds it back, whenever that changes.

import type { Act, Hold, Verdict } from '../domain/policy-types.ts';
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

/** Remembers what each tenant was told last, by its id: who is added under a removed one's name is not told its acts. */
export class Told {
  readonly #last = new Map<string, string>();
  readonly #acts = new Map<string, Notice['acts']>();

  /** Once a tick; writes only for those to whom something is new. */
  tick(engine: Telling, acts: readonly Act[]): void {
    const { ids } = engine.scheduler;
    this.#forget(new Set(Object.values(ids)));
    for (const act of acts) this.#remember(ids[act.tenant] ?? '', act);
    const acted = new Set(acts.map(({ tenant }) => tenant));
    for (const [name, { holds, effective }] of Object.entries(engine.scheduler.verdicts)) {
      const id = ids[name] ?? '';
      const { startedAt } = engine.runtimes.get(name);
      // a new run has a new folder to be told in
      const key = `${startedAt} ${effective.cpu} ${effective.memory} ${keyOf(holds)}`;
      if (key === this.#last.get(id) && !acted.has(name)) continue;
      this.#last.set(id, key);
      this.#tell(engine, name, this.#acts.get(id) ?? [], { holds, effective });
    }
  }

  #forget(known: ReadonlySet<string>): void {
    for (const map of [this.#last, this.#acts]) for (const id of map.keys()) if (!known.has(id)) map.delete(id);
  }

  #remember(id: string, { at, rule, mode, cause }: Act): void {
    if (mode === 'watch') return;
    const before = this.#acts.get(id) ?? [];
    this.#acts.set(id, [{ at: isoOf(at), rule, text: cause }, ...before].slice(0, KEPT_ACTS));
  }

  #tell(
    engine: Telling,
    name: string,
    acts: Notice['acts'],
    { holds, effective }: Pick<Verdict, 'holds' | 'effective'>,
  ): void {
    const { cpu, memory } = effective;
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
        acts,
      });
    } catch (error) {
      log.warn('a tenant could not be told', { tenant: name, error: String(error) });
    }
  }
}
