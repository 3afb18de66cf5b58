// A daemon of few words for tests of the command line: a real server on a real socket that answers as it is told.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { TenantView, TopView } from '../../src/api/contract.ts';
import type { SchedulingView } from '../../src/api/scheduler-contract.ts';
import { type ProblemCode, type ProblemData, problem, reportProblem } from '../../src/domain/errors.ts';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly api: string | undefined;
}

export type Answer = (seen: Seen, response: ServerResponse) => void | Promise<void>;

export interface FakeDaemon {
  readonly run: string;
  readonly seen: Seen[];
  close(): Promise<void>;
}

const readAll = async (request: IncomingMessage): Promise<unknown> => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? undefined : JSON.parse(text);
};

/** @param answers by `METHOD path`; anything else is REQUEST_INVALID, so that a wrong path shows */
export const startFakeDaemon = async (answers: Readonly<Record<string, Answer>>): Promise<FakeDaemon> => {
  const run = mkdtempSync('/tmp/tenantctl-cli-');
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const what: Seen = {
      method: request.method ?? '',
      path: request.url ?? '',
      body: await readAll(request),
      api: request.headers['x-tenantctl-api'] as string | undefined,
    };
    seen.push(what);
    const answer = answers[`${what.method} ${what.path}`] ?? fail('REQUEST_INVALID', { ...what, body: '', why: 'no' });
    await answer(what, response);
  });
  await new Promise<void>((resolve) => server.listen(join(run, 'tenantctl.sock'), resolve));
  return {
    run,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(run, { recursive: true });
    },
  };
};

export const reply =
  (body: object): Answer =>
  (_seen, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ apiVersion: 1, ...body }));
  };

export const fail =
  (code: ProblemCode, data: ProblemData = {}, status = 400): Answer =>
  (_seen, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ apiVersion: 1, problem: reportProblem(problem(code, data)) }));
  };

/** Lines of long work; the last one should be done or problem. */
export const stream =
  (...lines: object[]): Answer =>
  (_seen, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    for (const line of lines) response.write(`${JSON.stringify(line)}\n`);
    response.end();
  };

export const NOW = Date.parse('2026-11-24T12:00:00.000Z');

export const aTenant = (change: Partial<TenantView> = {}): TenantView => ({
  name: 'alice',
  id: '0123456789ab',
  slot: 3,
  template: 'minimal',
  base: { template: 'minimal', digest: 'feedbeef0123' },
  desired: 'running',
  state: 'running',
  reason: '',
  limits: {
    cpu: 1000,
    cpuWeight: 100,
    memory: 512 * 1024 * 1024,
    swap: 0,
    disk: 5 * 1024 ** 3,
    pids: 512,
    ioRead: null,
    ioWrite: null,
    cpuset: null,
  },
  unenforced: [],
  restart: 'on-failure',
  bestEffort: false,
  overcommit: false,
  address4: '10.96.0.3',
  address6: 'fd77:7465:6e61::3',
  link: 'tct3',
  firstId: 1_000_000,
  idCount: 65_536,
  createdAt: '2026-11-24T11:00:00.000Z',
  startedAt: '2026-11-24T11:58:30.000Z',
  pid: 4242,
  root: '/var/lib/tenantctl/tenants/alice/root',
  usage: {
    seconds: 1,
    cpu: 417,
    throttledShare: 0.25,
    memory: 100 * 1024 * 1024,
    memoryCache: 20 * 1024 * 1024,
    swap: 0,
    pids: 12,
    ioReadBps: 2048,
    ioWriteBps: 0,
    netRxBps: 512,
    netTxBps: 0,
    pressure: { cpu: 0.1, memory: 0, io: 0.02 },
    disk: { used: 1024 ** 3, size: 5 * 1024 ** 3, inodesUsed: 10, inodes: 1000 },
    oomKills: 0,
    memoryMaxHits: 0,
    forksRefused: 0,
    throttledPeriods: 0,
  },
  faults: { throttledPeriods: 7, oomKills: 1, memoryMaxHits: 2, forksRefused: 3, deaths: 0 },
  generation: 1,
  ...change,
});

/** A tenant that lives by no rule in particular. */
export const aScheduling = (change: Partial<SchedulingView> = {}): SchedulingView => ({
  plan: null,
  effective: { cpu: 1000, cpuWeight: 3333, memory: 512 * 1024 * 1024 },
  share: { fraction: 1 / 3, cpu: 1266 },
  holds: [{ rule: 'limit', resource: 'cpu', cap: 1000, until: null, text: '1 cores: its own limit' }],
  credits: null,
  budgets: [],
  score: { cpu: 0, memory: 0, io: 0 },
  occurrences: 0,
  penalty: null,
  ...change,
});

export const aTop = (tenants: TenantView[]): TopView => ({
  at: '2026-11-24T12:00:00.000Z',
  host: {
    hostname: 'box',
    kernel: '6.1',
    cgroup: 'v2',
    cpus: 4,
    cpu: 1000,
    memoryTotal: 8 * 1024 ** 3,
    memoryUsed: 2 * 1024 ** 3,
    pressure: { cpu: 0.1, memory: 0, io: 0 },
    house: { cpu: 3800, memory: 7.75 * 1024 ** 3 },
    tenants: { cpu: 417, memory: 100 * 1024 * 1024, pids: 12 },
  },
  tenants,
});
