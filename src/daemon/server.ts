// The socket: one HTTP server, peers checked by the kernel's word, every failure a problem with a code.

import { chmodSync, chownSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { API_HEADER, API_VERSION } from '../api/version.ts';
import { problem, toProblem } from '../domain/errors.ts';
import type { Log } from '../ports/log.ts';
import { sendProblem } from './http.ts';
import { checkPeer, type Peer } from './peers.ts';
import { pickRoute } from './routes.ts';
import type { Service } from './service.ts';

export interface ServerOptions {
  readonly socket: string;
  readonly group: number | null;
  readonly peerOf: (socket: Socket) => Peer | undefined;
  readonly log: Log;
}

const checkVersion = (request: IncomingMessage): void => {
  const client = request.headers[API_HEADER];
  if (client !== undefined && client !== String(API_VERSION)) {
    throw problem('VERSION_MISMATCH', { client: String(client).slice(0, 20), daemon: API_VERSION });
  }
};

/** Only paths: an absolute or broken address is no route of ours. */
const readUrl = (method: string, text: string): URL => {
  const url = text.startsWith('/') ? URL.parse(`http://daemon${text}`) : null;
  if (url) return url;
  throw problem('REQUEST_INVALID', { method, path: text.slice(0, 200), why: 'it is not a path' });
};

const answer = async (
  service: Service,
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const peer = options.peerOf(request.socket);
  checkPeer(peer, options.group);
  checkVersion(request);
  if (service.stop.aborted) throw problem('DAEMON_STOPPING');
  const method = request.method ?? 'GET';
  const url = readUrl(method, request.url ?? '/');
  const picked = pickRoute(method, url.pathname);
  if (!picked)
    throw problem('REQUEST_INVALID', { method, path: url.pathname.slice(0, 200), why: 'there is no such route' });
  await picked.route.act({
    service,
    request,
    response,
    params: picked.params,
    query: url.searchParams,
    by: `uid:${peer?.uid}`,
  });
};

/** Listens; a stale socket of a dead daemon is replaced (the caller holds the lock that says it is dead). */
export const listen = async (service: Service, options: ServerOptions): Promise<Server> => {
  const server = createServer((request, response) => {
    response.on('error', () => undefined); // the reader went away
    answer(service, options, request, response).catch((error: unknown) => {
      const told = toProblem(error);
      if (told.code === 'INTERNAL')
        options.log.error('a request failed', {
          url: request.url,
          stack: error instanceof Error ? error.stack : String(error),
        });
      sendProblem(response, told);
    });
  });
  // long work has no time limit of its own; a request that never ends its headers does
  server.requestTimeout = 0;
  server.headersTimeout = 10_000;
  removeStale(options.socket);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const before = process.umask(0o117);
    server.listen(options.socket, resolve);
    process.umask(before);
  });
  chmodSync(options.socket, 0o660);
  chownSync(options.socket, 0, options.group ?? 0);
  return server;
};

const removeStale = (path: string): void => {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw problem('CONFIG_INVALID', { path, why: 'something that is no socket is in the way' });
  rmSync(path);
};
