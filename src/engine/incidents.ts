// Incidents while the daemon lives: what opens, grows and closes them, and who did it by two readings of the processes.

import { toProblem } from '../domain/errors.ts';
import { diffProcesses, type OpenIncident, type ProcessDelta, type Signal, sortSignals } from '../domain/incidents.ts';
import type { Evidence, Incident } from '../ports/history.ts';
import type { ProcessReading } from '../ports/processes.ts';
import type { EngineConfig, EnginePorts } from './engine-ports.ts';
import { placeOf } from './observe.ts';
import { findTenant } from './reconcile.ts';
import type { Runtimes } from './runtime.ts';

/** Evidence is for people: the first so many processes of a tenant, in the order of their ids. */
const MOST_READ = 512;
/** More than all kinds of all tenants of a large box. */
const MOST_OPEN = 100_000;
/** Neighbours named in an incident. */
const MOST_NEIGHBOURS = 8;
/** While it goes on an incident is written this often: a tenant that runs into a limit all day is no load on the disk. */
const WRITTEN_EVERY_MS = 10_000;
/** A reading this old says nothing about the fault. */
const STALE_MS = 3_000;

interface Reading {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly cpuUsec: number;
  readonly processes: readonly ProcessReading[];
  /** Against the reading before. */
  readonly deltas: readonly ProcessDelta[];
}

/** A name may be another tenant's meanwhile. */
type OwnedIncident = OpenIncident & Pick<Incident, 'tenantId'>;

interface Context {
  readonly ports: Pick<EnginePorts, 'history' | 'clock' | 'cgroups' | 'processes' | 'registry' | 'log'>;
  readonly config: EngineConfig;
  readonly runtimes: Runtimes;
  /** Whether what an act of that kind did to the tenant holds still. */
  readonly isHeld: (tenant: string, kind: string) => boolean;
}

export class Incidents {
  readonly #context: Context;
  #open: OwnedIncident[];
  #signals: Signal[] = [];
  #failing = false;
  /** The last look at a tenant's processes, for the delta. */
  readonly #readings = new Map<string, Reading>();
  /** Incidents whose second reading is still to come. */
  readonly #wanting = new Map<number, { readonly tenant: string; readonly evidence: Evidence }>();

  /** When each open incident was written last, monotonic. */
  readonly #written = new Map<number, number>();

  constructor(context: Context) {
    this.#context = context;
    this.#open = readOpen(context.ports);
  }

  /** Of a history that was found late. */
  takeBack(): void {
    const known = new Set(this.#open.map(({ id }) => id));
    this.#open.push(...readOpen(this.#context.ports).filter(({ id }) => !known.has(id)));
  }

  /** Faults and acts of this tick. */
  take(signals: readonly Signal[]): void {
    this.#signals.push(...signals);
  }

  /** Once a tick, after all signals. A history that cannot be written is no reason to stop the tick. */
  tick(): void {
    this.#guard(() => this.#follow());
  }

  #guard(act: () => void): void {
    try {
      act();
      this.#failing = false;
    } catch (error) {
      // once: a full disk fails every second
      if (!this.#failing)
        this.#context.ports.log.error('incidents cannot be written', { error: toProblem(error).message });
      this.#failing = true;
    }
  }

  /** At the orderly end: what the next daemon goes on from. */
  finish(): void {
    this.#guard(() => {
      for (const incident of this.#open) this.#write(incident, 0);
    });
  }

  #follow(): void {
    const now = Math.round(this.#context.ports.clock.now());
    const signals = this.#signals;
    this.#signals = [];
    this.#complete();
    if (signals.length === 0 && this.#open.length === 0) return;
    this.#closeForeign(now);
    const changes = sortSignals(this.#open, signals, now, ({ tenant, kind }) => this.#context.isHeld(tenant, kind));
    const updated = new Map([...changes.update, ...changes.goOn].map((incident) => [incident.id, incident]));
    this.#open = this.#open.map((incident) => ({ ...incident, ...updated.get(incident.id) }));
    for (const signal of changes.open) this.#open.push(this.#begin(signal));
    for (const incident of changes.update) this.#write(incident, WRITTEN_EVERY_MS);
    for (const incident of changes.close) this.#close(incident, now);
  }

  /** Of a tenant that was removed, when another one has its name now: what that one does is none of it. */
  #closeForeign(now: number): void {
    for (const incident of this.#open) {
      const present = this.#idOf(incident.tenant);
      if (present !== '' && present !== incident.tenantId) this.#close(incident, now);
    }
  }

  #close(incident: OpenIncident, now: number): void {
    this.#open = this.#open.filter(({ id }) => id !== incident.id);
    this.#write(incident, 0);
    this.#written.delete(incident.id);
    this.#context.ports.history.closeIncident(incident.id, Math.min(now, incident.lastAt), outcomeOf(incident));
  }

  #write({ id, lastAt, count, summary, action, outcome }: OpenIncident, everyMs: number): void {
    const { history, clock } = this.#context.ports;
    const now = clock.monotonic();
    if (now - (this.#written.get(id) ?? Number.NEGATIVE_INFINITY) < everyMs) return;
    history.updateIncident(id, { lastAt, count, summary, action, outcome });
    this.#written.set(id, now);
  }

  #begin(signal: Signal): OwnedIncident {
    const processes = this.#look(signal.tenant);
    const evidence = this.#gather(signal, processes);
    const { tenant, kind, at, text, action, ending: outcome = '' } = signal;
    const incident = { tenant, kind, openedAt: at, lastAt: at, count: 1, summary: text, action, outcome };
    const tenantId = this.#idOf(tenant);
    const id = this.#context.ports.history.openIncident({ ...incident, tenantId, evidence });
    this.#wanting.set(id, { tenant, evidence });
    this.#written.set(id, this.#context.ports.clock.monotonic());
    return { id, tenantId, ...incident };
  }

  #idOf(name: string): string {
    return findTenant(this.#context.ports, name)?.id ?? '';
  }

  /** The second reading, a tick later: who used the CPU in between. */
  #complete(): void {
    const wanting = [...this.#wanting];
    this.#wanting.clear();
    for (const [id, { tenant, evidence }] of wanting) {
      const processes = this.#look(tenant);
      if (processes.length > 0)
        this.#context.ports.history.updateIncident(id, { evidence: { ...evidence, processes } });
    }
    // hundreds of processes of each tenant that ever ran into something are not kept
    for (const [, { tenant }] of wanting) this.#readings.delete(tenant);
  }

  /** @returns deltas since the last look, empty at the first */
  #look(name: string): readonly ProcessDelta[] {
    const { ports, config, runtimes } = this.#context;
    const { last, sampler } = runtimes.get(name);
    if (!last || !sampler) return [];
    const now = ports.clock.monotonic();
    const before = this.#readings.get(name);
    // two incidents of one tick rest on the same look
    if (before?.at === now) return before.deltas;
    const pids = ports.cgroups.listPids(placeOf(config, name));
    const processes = ports.processes.read(pids, MOST_READ);
    const isNear = before !== undefined && now - before.at <= STALE_MS;
    const deltas = isNear ? diffProcesses(before.processes, processes, last.cpuUsec - before.cpuUsec) : [];
    this.#readings.set(name, { at: now, cpuUsec: last.cpuUsec, processes, deltas });
    return deltas;
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

/** What an earlier daemon left open; a history that cannot be read keeps no daemon from its tenants. */
const readOpen = ({ history, log }: Context['ports']): OwnedIncident[] => {
  try {
    return [...history.listIncidents({ since: 0, until: Number.MAX_SAFE_INTEGER, open: true, max: MOST_OPEN })];
  } catch (error) {
    log.error('open incidents cannot be read', { error: toProblem(error).message });
    return [];
  }
};

const outcomeOf = ({ count, openedAt, lastAt, outcome }: OpenIncident): string => {
  const seconds = Math.max(1, Math.round((lastAt - openedAt) / 1000));
  const how = `back to normal after ${seconds} s, ${count} ${count === 1 ? 'time' : 'times'}`;
  return outcome === '' ? how : `${outcome}: ${how}`;
};
