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

/** What became of the tenant, once nothing is under way any more; a second ^C ends the wait. */
const readOutcome = async (context: Context, name: string, gone: string, forced: AbortSignal): Promise<string> => {
  const { around, paths } = context;
  const end = around.now() + UNDO_DEADLINE_MS;
  while (!forced.aborted && around.now() < end) {
    try {
      const path = `/v1/tenants/${name}`;
      const { tenant } = await callDaemon<{ tenant: TenantView }>(
        { socket: paths.socket, signal: forced },
        { method: 'GET', path },
      );
      if (!PASSING.has(tenant.state)) return `what it had begun is undone: tenant "${name}" is ${tenant.state}`;
    } catch (error) {
      if (error instanceof Problem && error.code === 'TENANT_MISSING') return gone;
      if (!forced.aborted) throw error;
    }
    await around.sleep(UNDO_POLL_MS, forced);
  }
  return `the daemon goes on undoing it; see: tenantctl show ${name}`;
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
    const { what, tenant } = this.#what;
    const wait = tenant === undefined ? '' : ' (^C again: do not wait)';
    this.#context.tell(`\ncancelling ${what}: what it has begun is being undone${wait}\n`);
    this.work.abort(problem('CANCELLED', { what }));
  }

  /** @returns what the work ended with; for one that was cancelled, with what became of it */
  async finish(error: unknown): Promise<unknown> {
    if (!this.work.signal.aborted || error !== this.work.signal.reason) return error;
    const { what, tenant, gone } = this.#what;
    const missing = gone ?? `there is no tenant "${tenant}" any more`;
    const outcome =
      tenant === undefined
        ? 'what it had begun is being undone'
        : await readOutcome(this.#context, tenant, missing, this.forced.signal);
    return problem('CANCELLED', { what, outcome });
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
    throw await cancelling.finish(error);
  } finally {
    teller.end();
    release();
  }
};
