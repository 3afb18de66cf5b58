// A server on a unix socket over an engine on a box in memory, for the length of a test.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callDaemon } from '../../src/api/client.ts';
import { API_VERSION } from '../../src/api/version.ts';
import { EventHub } from '../../src/daemon/event-stream.ts';
import { listen } from '../../src/daemon/server.ts';
import type { Service } from '../../src/daemon/service.ts';
import type { Scene } from '../engine/scene.ts';

export type Call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) => Promise<unknown>;

const buildService = ({ box, engine }: Scene): Service => {
  const now = box.host.sample(0);
  return {
    engine,
    hub: new EventHub(),
    stop: new AbortController().signal,
    shutDown: () => undefined,
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

/** @param body is given a way to ask, and the folder the socket is in */
export const serveScene = async (scene: Scene, body: (call: Call, run: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantctl-sock-'));
  const socket = join(folder, 'tenantctl.sock');
  const peerOf = () => ({ pid: 1, uid: 0, gid: 0 });
  const server = await listen(buildService(scene), { socket, group: 0, peerOf, log: scene.box.log });
  try {
    await body((method, path, data) => callDaemon<unknown>({ socket }, { method, path, body: data }), folder);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  }
};
