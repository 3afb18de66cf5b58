// Long work: its steps on one live line or as plain lines, ^C cancels, and what is left is told.

import { type Call, callDaemon, streamWork } from '../api/client.ts';
import type { StreamMessage, TenantView } from '../api/contract.ts';
import { Problem, problem } from '../domain/errors.ts';
import { type Context, type Work, withDaemon } from './context.ts';
import { formatMessage, ProgressLine } from './output/progress.ts';

/** How long a cancelled command waits to tell what became of the tenant; the daemon goes on regardless. */
const UNDO_DEADLINE_MS = 60_000;
const UNDO_POLL_MS = 50;

const PASSING: ReadonlySet<string> = new Set(['creating', 'starting', 'stopping', 'deleting']);

/** A sentence on the tenant once nothing is under way any more; a second ^C ends the wait. */
const readOutcome = async (context: Context, name: string, forced: AbortSignal): Promise<string> => {
  const { around, paths } = context;
  const end = around.now() + UNDO_DEADLINE_MS;
  while (!forced.aborted && around.now() < end) {
    try {
      const path = `/v1/tenants/${name}`;
      const { tenant } = await callDaemon<{ tenant: TenantView }>(
        { socket: paths.socket, signal: forced },
        { method: 'GET', path },
      );
      if (!PASSING.has(tenant.state)) return `tenant "${name}" is ${tenant.state}`;
    } catch (error) {
      if (error instanceof Problem && error.code === 'TENANT_MISSING') return `there is no tenant "${name}"`;
      if (!forced.aborted) throw error;
    }
    await around.sleep(UNDO_POLL_MS, forced);
  }
  return `the daemon goes on undoing; see: tenantctl show ${name}`;
};

class Cancelling {
  readonly work = new AbortController();
  readonly forced = new AbortController();
  readonly #context: Context;
  readonly #what: Work;

  constructor(context: Context, what: Work) {
    this.#context = context;
    this.#what = what;
  }

  interrupt(): void {
    if (this.work.signal.aborted) {
      this.forced.abort();
      return;
    }
    this.#context.tell(`\ncancelling ${this.#what.what}: what it has begun is being undone (^C again: do not wait)\n`);
    this.work.abort(problem('CANCELLED', { what: this.#what.what }));
  }

  async finish(): Promise<void> {
    if (!this.work.signal.aborted || this.#what.tenant === undefined) return;
    this.#context.tell(`${await readOutcome(this.#context, this.#what.tenant, this.forced.signal)}\n`);
  }
}

const openTeller = (context: Context): { tell: (message: StreamMessage<unknown>) => void; end: () => void } => {
  const { stderr } = context.around;
  if (context.json) return { tell: () => undefined, end: () => undefined };
  if (stderr.isTTY) {
    const line = new ProgressLine(stderr);
    return { tell: (message) => line.show(formatMessage(message)), end: () => line.clear() };
  }
  return { tell: (message) => context.tell(`${formatMessage(message)}\n`), end: () => undefined };
};

/** @throws Problem of the daemon; CANCELLED after ^C */
export const runWork = async <T>(context: Context, call: Call, what: Work): Promise<T> => {
  const cancelling = new Cancelling(context, what);
  const release = context.around.onInterrupt(() => cancelling.interrupt());
  const teller = openTeller(context);
  try {
    return await withDaemon(context, (options) => {
      cancelling.work.signal.throwIfAborted();
      return streamWork<T>({ ...options, signal: cancelling.work.signal }, call, teller.tell);
    });
  } catch (error) {
    teller.end();
    await cancelling.finish();
    throw error;
  } finally {
    teller.end();
    release();
  }
};
