// A real server on a unix socket over an engine on a box in memory: every reply by its schema, every failure by its code.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import * as z from 'zod';
import { callDaemon, followEvents, streamWork } from '../../src/api/client.ts';
import {
  addResultSchema,
  applyResultSchema,
  checkSchema,
  eventSchema,
  historySchema,
  inventorySchema,
  type StreamMessage,
  templateViewSchema,
  tenantViewSchema,
  topSchema,
  trashViewSchema,
  versionSchema,
} from '../../src/api/contract.ts';
import { API_VERSION } from '../../src/api/version.ts';
import { EventHub } from '../../src/daemon/event-stream.ts';
import type { Peer } from '../../src/daemon/peers.ts';
import { listen } from '../../src/daemon/server.ts';
import type { Service } from '../../src/daemon/service.ts';
import { Problem } from '../../src/domain/errors.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { runTick } from '../../src/engine/tick.ts';
import type { EventStore } from '../../src/ports/store.ts';
import { type Box, createBox, createWork } from '../fakes/engine.ts';

class CountingHub extends EventHub {
  followers = 0;

  override follow(wake: () => void): () => void {
    this.followers += 1;
    const stop = super.follow(wake);
    return () => {
      this.followers -= 1;
      stop();
    };
  }
}

interface Scene {
  readonly box: Box;
  readonly engine: Engine;
  readonly hub: CountingHub;
  readonly stop: AbortController;
  readonly socket: string;
  readonly options: { readonly socket: string };
  peer: Peer | undefined;
  /** Clients the server still holds. */
  connections: () => Promise<number>;
}

const withHub = (store: EventStore, hub: EventHub): EventStore => ({
  get lastSeq() {
    return store.lastSeq;
  },
  append: (event) => {
    const kept = store.append(event);
    hub.notify();
    return kept;
  },
  read: (since, max) => store.read(since, max),
  prune: (before) => store.prune(before),
  close: () => store.close(),
});

const buildService = (box: Box, engine: Engine, hub: EventHub, stop: AbortController): Service => {
  const now = box.host.sample(0);
  return {
    engine,
    hub,
    stop: stop.signal,
    shutDown: () => stop.abort(new Error('stopped')),
    hostSamples: () => ({ before: undefined, now }),
    version: {
      apiVersion: API_VERSION,
      version: '0.1.0',
      node: process.version,
      engine: 'lxc 5.0.2',
      pid: process.pid,
      instance: box.instance.name,
      state: '/fake/state',
      startedAt: new Date(0).toISOString(),
      lastSeq: 0,
    },
  };
};

const serve = async (body: (scene: Scene) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantctl-sock-'));
  const socket = join(folder, 'tenantctl.sock');
  const hub = new CountingHub();
  const box = createBox();
  const events = withHub(box.events, hub);
  const booted = box.boot();
  const engine: Engine = { ...booted, ports: { ...booted.ports, events } };
  const stop = new AbortController();
  const scene: Scene = {
    box,
    engine,
    hub,
    stop,
    socket,
    options: { socket },
    peer: { pid: 1, uid: 0, gid: 0 },
    connections: async () => 0,
  };
  const service = buildService(box, engine, hub, stop);
  const server = await listen(service, { socket, group: 0, peerOf: () => scene.peer, log: box.log });
  const connections = promisify(server.getConnections.bind(server));
  scene.connections = async () => (await connections()) ?? 0;
  try {
    await body(scene);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  }
};

const get = (scene: Scene, path: string) => callDaemon<unknown>(scene.options, { method: 'GET', path });
const work = <T>(
  scene: Scene,
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body: unknown = {},
  seen: StreamMessage<unknown>[] = [],
) => streamWork<T>(scene.options, { method, path, body }, (message) => seen.push(message));
const isProblem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code;
const reply = <T extends z.ZodRawShape>(shape: T) => z.strictObject({ apiVersion: z.literal(API_VERSION), ...shape });

const messageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('step'),
    tenant: z.string(),
    index: z.number(),
    total: z.number(),
    text: z.string(),
  }),
  z.strictObject({ type: z.literal('progress'), text: z.string() }),
]);

test('every reply of every route fits its schema', () =>
  serve(async (scene) => {
    const seen: StreamMessage<unknown>[] = [];
    const tenant = tenantViewSchema;
    const add = async (messages?: StreamMessage<unknown>[]) =>
      addResultSchema.parse(
        await work(scene, 'POST', '/v1/tenants', { name: 'alice', limits: { cpu: '0.5' } }, messages),
      );
    assert.equal((await add(seen)).created, true);
    assert.equal((await add()).created, false);
    assert.equal(seen.length, 6);
    for (const message of seen) messageSchema.parse(message);
    for (let n = 0; n < 3; n++) {
      await Promise.all(runTick(scene.engine, n, createWork()));
      await scene.box.clock.advance(1000);
    }
    for (const verb of ['freeze', 'thaw', 'restart', 'stop', 'start'])
      tenant.parse(await work(scene, 'POST', `/v1/tenants/alice/${verb}`));
    await Promise.all(runTick(scene.engine, 3, createWork()));
    await scene.box.clock.advance(1000);
    await Promise.all(runTick(scene.engine, 4, createWork()));
    tenant.parse(await work(scene, 'PATCH', '/v1/tenants/alice', { limits: { pids: 64 } }));
    reply({ tenants: z.array(tenant).length(1) }).parse(await get(scene, '/v1/tenants'));
    reply({ tenant }).parse(await get(scene, '/v1/tenants/alice'));
    reply(topSchema.shape).parse(await get(scene, '/v1/top'));
    reply(historySchema.shape).parse(await get(scene, '/v1/tenants/alice/history'));
    reply({ text: z.literal('console of alice'), before: z.literal(false) }).parse(
      await get(scene, '/v1/tenants/alice/log?bytes=1000'),
    );
    reply({ script: z.string().startsWith('#!/bin/sh') }).parse(await get(scene, '/v1/tenants/alice/explain'));
    reply(versionSchema.omit({ apiVersion: true }).shape).parse(await get(scene, '/v1/version'));
    reply({ templates: z.array(templateViewSchema).min(1) }).parse(await get(scene, '/v1/templates'));
    reply({ checks: z.array(checkSchema), inventory: inventorySchema }).parse(await get(scene, '/v1/doctor'));
    applyResultSchema.parse(
      await work(scene, 'POST', '/v1/apply', { tenants: [{ name: 'bob', limits: { memory: '64M' } }] }),
    );
    z.strictObject({ template: z.string(), digest: z.string() }).parse(
      await work(scene, 'POST', '/v1/templates', { template: 'debian' }),
    );
    const base = scene.box.rootfs.bases.find(({ template }) => template === 'debian');
    const removed = { method: 'DELETE', path: `/v1/templates/debian@${base?.digest}` } as const;
    assert.deepEqual(reply({ removed: z.string() }).parse(await callDaemon(scene.options, removed)), {
      apiVersion: 1,
      removed: `debian@${base?.digest}`,
    });
    const gone = z
      .strictObject({ key: z.string(), expiresAt: z.string() })
      .parse(await work(scene, 'DELETE', '/v1/tenants/alice'));
    reply({ trash: z.array(trashViewSchema).length(1) }).parse(await get(scene, '/v1/trash'));
    tenant.parse(await work(scene, 'POST', `/v1/trash/${gone.key}/restore`, { start: true }));
    await work(scene, 'DELETE', '/v1/tenants/alice');
    const one = await callDaemon(scene.options, { method: 'DELETE', path: `/v1/trash/${gone.key}` });
    reply({ removed: z.array(z.string()).length(1) }).parse(one);
    reply({ removed: z.array(z.string()).length(0) }).parse(
      await callDaemon(scene.options, { method: 'DELETE', path: '/v1/trash' }),
    );
    for await (const event of followEvents(scene.options, { since: 0, follow: false })) eventSchema.parse(event);
    reply({ stopping: z.literal(true) }).parse(
      await callDaemon(scene.options, { method: 'POST', path: '/v1/shutdown', body: {} }),
    );
    assert.equal(scene.stop.signal.aborted, true);
    await assert.rejects(get(scene, '/v1/version'), isProblem('DAEMON_STOPPING'));
  }));

test('each failure travels with its code', () =>
  serve(async (scene) => {
    await assert.rejects(get(scene, '/v1/tenants/alice'), isProblem('TENANT_MISSING'));
    await assert.rejects(get(scene, '/v1/tenants/%2e%2e%2fx'), isProblem('NAME_INVALID'));
    await assert.rejects(get(scene, '/v1/nowhere'), isProblem('REQUEST_INVALID'));
    await assert.rejects(get(scene, '/v1/events?since=-1'), isProblem('REQUEST_INVALID'));
    await assert.rejects(
      work(scene, 'POST', '/v1/tenants', { name: 'alice', limits: { cpu: '0' } }),
      isProblem('CPU_INVALID'),
    );
    await assert.rejects(
      work(scene, 'POST', '/v1/tenants', { name: 'alice', colour: 'red' }),
      isProblem('REQUEST_INVALID'),
    );
    await assert.rejects(work(scene, 'POST', '/v1/tenants', { name: 7 }), /name/);
    await assert.rejects(work(scene, 'POST', '/v1/trash/alice/restore'), isProblem('TRASH_MISSING'));
    await assert.rejects(work(scene, 'POST', '/v1/templates', { template: 'arch' }), isProblem('TEMPLATE_MISSING'));
    await assert.rejects(
      callDaemon(scene.options, { method: 'DELETE', path: '/v1/templates/minimal@nope' }),
      isProblem('BASE_MISSING'),
    );
    await work(scene, 'POST', '/v1/tenants', { name: 'alice' });
    const base = scene.box.rootfs.bases[0];
    await assert.rejects(
      callDaemon(scene.options, { method: 'DELETE', path: `/v1/templates/minimal@${base?.digest}` }),
      isProblem('TENANT_STATE'),
    );
  }));

test('a base is named by as much of its digest as tells it from others', () =>
  serve(async (scene) => {
    const { bases } = scene.box.rootfs;
    bases.push(...['aabb', 'aacc', 'aaccdd'].map((digest) => ({ template: 'debian', digest })));
    const remove = (text: string) =>
      callDaemon<{ removed: string }>(scene.options, { method: 'DELETE', path: `/v1/templates/${text}` });
    await assert.rejects(remove('debian@aa'), /3 bases begin with "debian@aa"/);
    for (const text of ['debian@', 'debian', 'debian@ff', 'minimal@aabb'])
      await assert.rejects(remove(text), isProblem('BASE_MISSING'), text);
    assert.equal((await remove('debian@aab')).removed, 'debian@aabb');
    assert.equal((await remove('debian@aacc')).removed, 'debian@aacc', 'a whole digest is itself');
    assert.deepEqual(bases, [{ template: 'debian', digest: 'aaccdd' }]);
  }));

test('the socket is for root and its group alone', () =>
  serve(async (scene) => {
    assert.equal(statSync(scene.socket).mode & 0o777, 0o660);
    scene.peer = { pid: 1, uid: 1000, gid: 1000 };
    await assert.rejects(get(scene, '/v1/version'), isProblem('NOT_ALLOWED'));
    scene.peer = undefined;
    await assert.rejects(get(scene, '/v1/version'), isProblem('NOT_ALLOWED'));
  }));

/** Bytes as they are, and all that comes back. */
const raw = (socket: string, bytes: string): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    const client: Socket = connect(socket, () => client.write(bytes));
    client.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    client.on('error', () => resolve(text));
    client.on('close', () => resolve(text));
  });

const send = (
  scene: Scene,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const call = request(
      { socketPath: scene.socket, path, method: body === undefined ? 'GET' : 'POST', headers },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    call.on('error', reject);
    call.end(body);
  });

test('a client of another API is told both numbers', () =>
  serve(async (scene) => {
    const { status, text } = await send(scene, '/v1/version', { 'x-tenantctl-api': '2' });
    assert.equal(status, 426);
    assert.match(text, /"code":"VERSION_MISMATCH".*speaks API 1, this command API 2/);
  }));

test('a body that is no JSON, or longer than a megabyte, is a failure the client hears', () =>
  serve(async (scene) => {
    const json = { 'content-type': 'application/json' };
    assert.match((await send(scene, '/v1/tenants', json, '{"name":')).text, /the body is not JSON/);
    const long = JSON.stringify({ name: 'x'.repeat(3 << 20) });
    const { status, text } = await send(scene, '/v1/tenants', json, long);
    assert.equal(status, 400);
    assert.match(text, /the body is longer than 1048576 bytes/);
    await get(scene, '/v1/version');
  }));

test('hostile requests get an answer with a code and leave the server up', () =>
  serve(async (scene) => {
    for (const path of ['//', '//x', '/\\', 'http://[', '/v1/tenants/\u00ff', '*']) {
      const text = await raw(scene.socket, `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
      assert.match(text, /^HTTP\/1\.1 4\d\d /, path);
    }
    await raw(scene.socket, 'NONSENSE\r\n\r\n');
    await get(scene, '/v1/version');
    assert.deepEqual(scene.box.log.messages('error'), []);
  }));

test('a path that is no socket is never removed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantctl-sock-'));
  const box = createBox();
  const stop = new AbortController();
  const service = buildService(box, box.boot(), new EventHub(), stop);
  try {
    const file = join(folder, 'file');
    writeFileSync(file, 'precious');
    const link = join(folder, 'link');
    symlinkSync(file, link);
    for (const socket of [file, link]) {
      const options = { socket, group: null, peerOf: () => undefined, log: box.log };
      await assert.rejects(listen(service, options), isProblem('CONFIG_INVALID'));
    }
    assert.equal(statSync(file).size, 8);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a client that goes away in the middle of the work undoes it', () =>
  serve(async (scene) => {
    const gone = new AbortController();
    scene.box.faults.actAt('before:mount', () => gone.abort(new Error('^C')));
    // the server hears of the closed connection while the step waits
    const mount = scene.box.rootfs.mount.bind(scene.box.rootfs);
    scene.box.rootfs.mount = async (tenant) => {
      const end = performance.now() + 5000;
      while ((await scene.connections()) > 0 && performance.now() < end) await new Promise(setImmediate);
      await new Promise(setImmediate); // the response hears of it a moment after its socket
      return mount(tenant);
    };
    const call = { method: 'POST', path: '/v1/tenants', body: { name: 'alice' } } as const;
    await assert.rejects(
      streamWork({ ...scene.options, signal: gone.signal }, call, () => undefined),
      /\^C/,
    );
    const end = performance.now() + 5000;
    while (scene.box.registry.current.tenants.length > 0 && performance.now() < end) await new Promise(setImmediate);
    assert.deepEqual(scene.box.registry.current.tenants, []);
    assert.equal(scene.box.rootfs.folders.size, 0);
  }));

test('work that fails ends its stream with the problem', () =>
  serve(async (scene) => {
    scene.box.containers.failNextStart('no such device');
    const seen: StreamMessage<unknown>[] = [];
    await assert.rejects(work(scene, 'POST', '/v1/tenants', { name: 'alice' }, seen), isProblem('START_FAILED'));
    assert.equal(seen.filter(({ type }) => type === 'step').length, 5);
  }));

const append = (scene: Scene, count: number, size = 10): void => {
  for (let n = 0; n < count; n++)
    scene.engine.ports.events.append({
      at: '2026-01-01T00:00:00.000Z',
      type: 'healed',
      tenant: n % 2 ? 'alice' : null,
      text: 'x'.repeat(size),
      data: {},
      by: 'daemon',
    });
};

const collect = async <T>(source: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
};

test('events are read on from a number, of one tenant or of all', () =>
  serve(async (scene) => {
    append(scene, 10);
    const list = async (query: { since: number; tenant?: string }): Promise<number[]> =>
      (await collect(followEvents(scene.options, { follow: false, ...query }))).map(({ seq }) => seq);
    assert.deepEqual(await list({ since: 0 }), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.deepEqual(await list({ since: 7 }), [8, 9, 10]);
    assert.deepEqual(await list({ since: 0, tenant: 'alice' }), [2, 4, 6, 8, 10]);
    scene.box.events.prune('9999');
    await assert.rejects(list({ since: 3 }), isProblem('EVENTS_LOST'));
  }));

test('a follower gets what is kept and what comes, each once and in order', () =>
  serve(async (scene) => {
    append(scene, 3);
    const seen: number[] = [];
    for await (const { seq } of followEvents(scene.options, { since: 1, follow: true })) {
      seen.push(seq);
      if (seq < 8) append(scene, 1);
      else break;
    }
    assert.deepEqual(seen, [2, 3, 4, 5, 6, 7, 8]);
  }));

test('all that is kept can be read, however much it is, by a reader that keeps reading', () =>
  serve(async (scene) => {
    append(scene, 6000, 1000);
    const events = await collect(followEvents(scene.options, { since: 0, follow: false }));
    assert.deepEqual([events.length, events.at(-1)?.seq], [6000, 6000]);
    const seen: number[] = [];
    for await (const { seq } of followEvents(scene.options, { since: 0, follow: true })) {
      seen.push(seq);
      if (seq === 6000) append(scene, 1);
      if (seq === 6001) break;
    }
    assert.equal(seen.length, 6001);
  }));

test('a follower that stops reading is cut off, not skipped, and goes on from its last number', () =>
  serve(async (scene) => {
    let text = '';
    const client = connect(scene.socket);
    client.write('GET /v1/events?follow=1&since=0 HTTP/1.1\r\nhost: x\r\n\r\n');
    const closed = new Promise<void>((resolve) => client.on('close', () => resolve()));
    await new Promise<void>((resolve) => client.once('data', () => resolve()));
    client.pause();
    for (let round = 0; round < 40; round++) {
      append(scene, 100, 1000);
      await new Promise(setImmediate);
    }
    client.on('data', (chunk) => {
      text += chunk.toString();
    });
    client.on('error', () => undefined);
    client.resume();
    await closed;
    const lines = text.split(/\r?\n/).filter((line) => line.startsWith('{') && line.endsWith('}'));
    const seqs = lines.map((line) => eventSchema.parse(JSON.parse(line)).seq);
    assert.ok(seqs.length > 0 && seqs.length < 4000, `${seqs.length}`);
    assert.deepEqual(
      seqs,
      seqs.map((_, i) => i + 1),
      'no gap in what it got',
    );
    const last = seqs.at(-1) ?? 0;
    const rest = await collect(followEvents(scene.options, { since: last - 1, follow: false }));
    assert.equal(rest.at(-1)?.seq, 4000);
    assert.equal(rest[0]?.seq, last);
  }));

test('followers that left are forgotten', () =>
  serve(async (scene) => {
    append(scene, 1);
    for (let n = 0; n < 5; n++) for await (const _ of followEvents(scene.options, { since: 0, follow: true })) break;
    const end = performance.now() + 5000;
    while (scene.hub.followers > 0 && performance.now() < end) await new Promise(setImmediate);
    assert.equal(scene.hub.followers, 0);
  }));
