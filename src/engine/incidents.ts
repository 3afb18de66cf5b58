// Incidents while the daemon lives: what opens, grows and closes them, and who did it by two readings of the processes.

import { toProblem } from '../domain/errors.ts';
import { diffProcesses, type OpenIncident, type ProcessDelta, type Signal, sortSignals } from '../domain/incidents.ts';
import type { Evidence } from '../ports/history.ts';
import type { ProcessReading } from '../ports/processes.ts';
import type { EngineConfig, EnginePorts } from './engine-ports.ts';
import { placeOf } from './observe.ts';
import type { Runtimes } from './runtime.ts';

/** Evidence is for people: the first so many processes of a tenant, in the order of their ids. */
const MOST_READ = 512;
/** Neighbours named in an incident. */
const MOST_NEIGHBOURS = 8;
/** A reading this old says nothing about the fault. */
const STALE_MS = 3_000;

interface Reading {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly cpuUsec: number;
  readonly processes: readonly ProcessReading[];
}

interface Context {
  readonly ports: Pick<EnginePorts, 'history' | 'clock' | 'cgroups' | 'processes' | 'registry' | 'log'>;
  readonly config: EngineConfig;
  readonly runtimes: Runtimes;
}

export class Incidents {
  readonly #context: Context;
  #open: OpenIncident[];
  #signals: Signal[] = [];
  /** The last look at a tenant's processes, for the delta. */
  readonly #readings = new Map<string, Reading>();
  /** Incidents whose second reading is still to come. */
  readonly #wanting = new Map<number, { readonly tenant: string; readonly evidence: Evidence }>();

  constructor(context: Context) {
    this.#context = context;
    const all = { since: 0, until: Number.MAX_SAFE_INTEGER, open: true };
    this.#open = [...context.ports.history.listIncidents(all)];
  }

  /** Faults and acts of this tick. */
  take(signals: readonly Signal[]): void {
    this.#signals.push(...signals);
  }

  /** Once a tick, after all signals. A history that cannot be written is no reason to stop the tick. */
  tick(): void {
    try {
      this.#follow();
    } catch (error) {
      this.#context.ports.log.error('incidents could not be written', { error: toProblem(error).message });
    }
  }

  #follow(): void {
    const { ports } = this.#context;
    const now = Math.round(ports.clock.now());
    this.#complete();
    const signals = this.#signals;
    if (signals.length === 0 && this.#open.length === 0) return;
    this.#signals = [];
    const changes = sortSignals(this.#open, signals, now);
    const updated = new Map(changes.update.map((incident) => [incident.id, incident]));
    const closed = new Set(changes.close.map(({ id }) => id));
    const kept = this.#open.filter(({ id }) => !closed.has(id)).map((incident) => updated.get(incident.id) ?? incident);
    this.#open = [...kept, ...changes.open.map((signal) => this.#begin(signal))];
    for (const { id, lastAt, count, summary, action } of changes.update)
      ports.history.updateIncident(id, { lastAt, count, summary, action });
    for (const incident of changes.close)
      ports.history.closeIncident(incident.id, incident.lastAt, outcomeOf(incident));
  }

  #begin(signal: Signal): OpenIncident {
    const processes = this.#look(signal.tenant);
    const evidence = this.#gather(signal, processes);
    const { tenant, kind, at, text, action } = signal;
    const incident = { tenant, kind, openedAt: at, lastAt: at, count: 1, summary: text, action };
    const tenantId = this.#idOf(tenant);
    const id = this.#context.ports.history.openIncident({ ...incident, tenantId, outcome: '', evidence });
    this.#wanting.set(id, { tenant, evidence });
    return { id, ...incident };
  }

  #idOf(name: string): string {
    return this.#context.ports.registry.current.tenants.find((tenant) => tenant.name === name)?.id ?? '';
  }

  /** The second reading, a tick later: who used the CPU in between. */
  #complete(): void {
    for (const [id, { tenant, evidence }] of this.#wanting) {
      const processes = this.#look(tenant);
      this.#wanting.delete(id);
      if (processes.length > 0)
        this.#context.ports.history.updateIncident(id, { evidence: { ...evidence, processes } });
    }
  }

  /** @returns deltas since the last look, empty at the first */
  #look(name: string): readonly ProcessDelta[] {
    const { ports, config, runtimes } = this.#context;
    const { last, sampler } = runtimes.get(name);
    if (!last || !sampler) return [];
    const now = ports.clock.monotonic();
    const before = this.#readings.get(name);
    const pids = ports.cgroups.listPids(placeOf(config, name));
    const reading: Reading = { at: now, cpuUsec: last.cpuUsec, processes: ports.processes.read(pids, MOST_READ) };
    this.#readings.set(name, reading);
    if (!before || now - before.at > STALE_MS) return [];
    return diffProcesses(before.processes, reading.processes, reading.cpuUsec - before.cpuUsec);
  }

  #gather(signal: Signal, processes: readonly ProcessDelta[]): Evidence {
    const { runtimes } = this.#context;
    const neighbours = runtimes
      .names()
      .filter((name) => name !== signal.tenant)
      .flatMap((name) => {
        const { usage } = runtimes.get(name);
        return usage ? [{ name, cpu: Math.round(usage.cpu), memory: usage.memory }] : [];
      })
      .sort((a, b) => b.cpu - a.cpu)
      .slice(0, MOST_NEIGHBOURS);
    const pressure = runtimes.get(signal.tenant).usage?.pressure ?? null;
    return { processes, pressure, neighbours, figures: signal.figures };
  }
}

const outcomeOf = ({ count, openedAt, lastAt }: OpenIncident): string =>
  `back to normal after ${Math.max(1, Math.round((lastAt - openedAt) / 1000))} s, ${count} ${count === 1 ? 'time' : 'times'}`;
