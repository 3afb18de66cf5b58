// A daemon of one's own imagination for the dashboard: N tenants whose figures move, few or all of them at each poll.
// `node many-tenants.ts SOCKET N MOVING` serves it until it is killed.

import { createServer } from 'node:http';
import type { TenantView, TopView } from '../../src/api/contract.ts';
import { aTenant, aTop } from './fake-daemon.ts';

/** Deterministic, so that two runs measure the same. */
const wave = (i: number, turn: number): number => (Math.sin(i * 12.9898 + turn * 0.7) + 1) / 2;

export const manyTenants = (count: number, moving: number, turn: number): TenantView[] =>
  Array.from({ length: count }, (_, i) => {
    const base = aTenant({ name: `tenant-${String(i).padStart(3, '0')}`, id: `id${i}`, slot: i });
    const at = i < moving ? turn : 0;
    if (!base.usage) return base;
    const usage = { ...base.usage, cpu: wave(i, at) * 1000, memory: Math.round(wave(i + 7, at) * 512 * 1024 ** 2) };
    return { ...base, usage };
  });

export const manyTop = (count: number, moving: number, turn: number): TopView => ({
  ...aTop(manyTenants(count, moving, turn)),
  at: new Date().toISOString(),
});

const SERVED = ['/v1/tenants/', '/v1/host/series', '/v1/acts'] as const;

/** A day by the hour, or two minutes by ten seconds: flat, but as long as a real one. */
const series = (name: string) => ({
  apiVersion: 1,
  name,
  step: 3600,
  rows: Array.from({ length: 24 }, (_, i) => ({
    at: new Date(Date.now() - (23 - i) * 3_600_000).toISOString(),
    seconds: 3600,
    cpu: 100,
    throttledShare: 0,
    memory: 1e8,
    memoryPeak: 1e8,
    pids: 10,
    ioReadBps: 0,
    ioWriteBps: 0,
    netRxBps: 0,
    netTxBps: 0,
    diskUsed: 1e9 + i * 1e7,
    diskSize: 5e9,
    pressureCpu: 0.1,
    pressureMemory: 0,
    pressureIo: 0,
    faults: 0,
  })),
});

if (process.argv[1] === import.meta.filename) {
  const [socket = '', count = '200', moving = '3'] = process.argv.slice(2);
  let turn = 0;
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const version = { apiVersion: 1, version: '0', node: '', engine: '', pid: process.pid, instance: '', state: '' };
    if (path.startsWith('/v1/events')) {
      response.writeHead(200);
      response.flushHeaders();
      return;
    }
    const known = SERVED.some((prefix) => path.startsWith(prefix)) || path === '/v1/top' || path === '/v1/version';
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
    const missing = {
      code: 'REQUEST_INVALID',
      kind: 'usage',
      message: '',
      hint: '',
      data: { method: 'GET', path, why: 'unknown' },
    };
    const body =
      path === '/v1/top'
        ? { apiVersion: 1, ...manyTop(Number(count), Number(moving), turn++) }
        : path === '/v1/version'
          ? { ...version, startedAt: '', lastSeq: 0 }
          : path.startsWith('/v1/acts')
            ? { apiVersion: 1, acts: [] }
            : known
              ? series('any')
              : { apiVersion: 1, problem: missing };
    response.end(JSON.stringify(body));
  });
  server.listen(socket, () => process.stdout.write('listens\n'));
}
