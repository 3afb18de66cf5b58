// A history that could not be opened at the start: it knows nothing, and each write tries again to open it, now and then.

import { Problem, toProblem } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { History, StoredState } from '../ports/history.ts';

/** As often as the books are written. */
const TRY_EVERY_MS = 10_000;

export interface PatientOptions {
  readonly open: () => History;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Once, when it cannot be opened. */
  readonly onMissing: (why: Problem) => void;
  /** It is there now; what was remembered in it can be read from here on. */
  readonly onFound: () => void;
}

/** A file of a newer program is no fault that passes: it is the administrator's to decide. */
const isLasting = (error: unknown): boolean => error instanceof Problem && error.code === 'STATE_NEWER';

class Patient {
  readonly #options: PatientOptions;
  #why: Problem;
  #found: History | null = null;
  #triedAt: number;

  constructor(options: PatientOptions, why: Problem) {
    this.#options = options;
    this.#why = why;
    this.#triedAt = options.clock.monotonic();
    options.onMissing(why);
  }

  read<T>(otherwise: T, act: (history: History) => T): T {
    return this.#found ? act(this.#found) : otherwise;
  }

  /**
   * The write that finds the file open is refused, too: it was made by somebody who did not know what is in it.
   * @throws Problem why it cannot be opened
   */
  write<T>(act: (history: History) => T): T {
    if (this.#found) return act(this.#found);
    this.#tryAgain();
    throw this.#why;
  }

  close(): void {
    this.#found?.close();
  }

  #tryAgain(): void {
    const { clock, open, onFound } = this.#options;
    const now = clock.monotonic();
    if (now - this.#triedAt < TRY_EVERY_MS) return;
    this.#triedAt = now;
    try {
      this.#found = open();
    } catch (error) {
      this.#why = toProblem(error);
      return;
    }
    onFound();
  }
}

/**
 * Opens a history, or one that waits for it: tenants are watched and held to their limits without it.
 * @throws Problem STATE_NEWER
 */
export const openPatiently = (options: PatientOptions): History => {
  try {
    return options.open();
  } catch (error) {
    if (isLasting(error)) throw error;
    return waitFor(new Patient(options, toProblem(error)));
  }
};

const waitFor = (patient: Patient): History => ({
  writeBatch: (batch) => patient.write((history) => history.writeBatch(batch)),
  writePolicy: (batch) => patient.write((history) => history.writePolicy(batch)),
  readSeries: (...query) => patient.read([], (history) => history.readSeries(...query)),
  readHostSeries: (...query) => patient.read([], (history) => history.readHostSeries(...query)),
  readLast: () => patient.read({ host: null, tenants: new Map() }, (history) => history.readLast()),
  readStates: () => patient.read<ReadonlyMap<string, StoredState>>(new Map(), (history) => history.readStates()),
  readActs: (...query) => patient.read([], (history) => history.readActs(...query)),
  readDecisions: (from, to) => patient.read([], (history) => history.readDecisions(from, to)),
  openIncident: (incident) => patient.write((history) => history.openIncident(incident)),
  updateIncident: (id, change) => patient.write((history) => history.updateIncident(id, change)),
  closeIncident: (id, at, outcome) => patient.write((history) => history.closeIncident(id, at, outcome)),
  listIncidents: (query) => patient.read([], (history) => history.listIncidents(query)),
  prune: (nowMs) => patient.write((history) => history.prune(nowMs)),
  forgetTenant: (tenantId) => patient.write((history) => history.forgetTenant(tenantId)),
  close: () => patient.close(),
});
