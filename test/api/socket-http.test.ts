// Our small HTTP against Node's own server: both ways to frame a body, split bytes, cut connections.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createRaw, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { callDaemon, streamWork } from '../../src/api/client.ts';
import { parseHead } from '../../src/api/socket-http.ts';
import { Problem } from '../../src/domain/errors.ts';

describe('a request over a unix socket', () => {
  let box = '';
  before(() => {
    box = mkdtempSync('/tmp/tenantctl-http-');
  });
  after(() => rmSync(box, { recursive: true }));

  const socket = (): string => join(box, 'sock');
  const listen = async (server: Server): Promise<() => Promise<void>> => {
    await new Promise<void>((resolve) => server.listen(socket(), resolve));
    return () => new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  const serve = (act: RequestListener) => listen(createServer(act));
  const get = <T>(timeoutMs = 5_000): Promise<T> =>
    callDaemon<T>({ socket: socket(), timeoutMs }, { method: 'GET', path: '/x' });
  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'none',
      (error: unknown) => (error instanceof Problem ? error.code : String(error)),
    );

  it('reads counted and chunked bodies, with characters that are split between pieces', async () => {
    const text = JSON.stringify({ name: 'äöü–漢'.repeat(20_000) });
    const close = await serve((request, response) => {
      const bytes = Buffer.from(text);
      if (request.method === 'GET') response.setHeader('content-length', bytes.length);
      for (let at = 0; at < bytes.length; at += 7_001) response.write(bytes.subarray(at, at + 7_001));
      response.end();
    });
    assert.equal(JSON.stringify(await get()), text);
    assert.equal(JSON.stringify(await callDaemon({ socket: socket() }, { method: 'POST', path: '/', body: {} })), text);
    await close();
  });

  it('sends the body, its length in bytes, and the version of the API', async () => {
    let seen: unknown;
    const close = await serve(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      seen = { body, length: request.headers['content-length'], api: request.headers['x-tenantctl-api'] };
      response.end('{}');
    });
    await callDaemon({ socket: socket() }, { method: 'POST', path: '/', body: { a: 'ü' } });
    assert.deepEqual(seen, { body: '{"a":"ü"}', length: '10', api: '1' });
    await close();
  });

  it('a body that is cut short is a daemon that went away, whatever its framing', async () => {
    for (const head of ['content-length: 100', 'transfer-encoding: chunked']) {
      const close = await listen(
        createRaw((peer) => void peer.resume().end(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n5\r\n{"a":`)),
      );
      assert.equal(await codeOf(get()), 'DAEMON_DOWN', head);
      await close();
    }
  });

  it('a server that says nothing is slow, and one that says nonsense is no daemon', async () => {
    const quiet = await listen(createRaw((peer) => void peer.on('error', () => undefined).resume()));
    assert.equal(await codeOf(get(30)), 'DAEMON_SLOW');
    await quiet();
    const odd = await listen(createRaw((peer) => void peer.resume().end('220 mail ready\r\n\r\n')));
    assert.match(await codeOf(get()), /not HTTP/);
    await odd();
    assert.equal(await codeOf(get()), 'DAEMON_DOWN');
  });

  it('an aborted signal closes the connection and gives its own reason', async () => {
    let closed: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const close = await serve((_request, response) => {
      response.on('close', closed);
      response.write('{"type":"progress","text":"x"}\n');
    });
    const stop = new AbortController();
    const work = streamWork({ socket: socket(), signal: stop.signal }, { method: 'POST', path: '/', body: {} }, () =>
      stop.abort(new Error('enough')),
    );
    await assert.rejects(work, /enough/);
    await gone;
    await close();
  });

  it('reads a head whatever the case of its names', () => {
    assert.deepEqual(parseHead('HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\nX: y'), {
      status: 404,
      length: 7,
      chunked: false,
    });
    assert.throws(() => parseHead('HTTP/2 200'), /not HTTP/);
  });
});
