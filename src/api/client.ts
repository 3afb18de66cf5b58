// The client of the daemon's socket: one request, a stream of lines, or a stream of events.

import type { Socket } from 'node:net';
import { problem, problemFromReport } from '../domain/errors.ts';
import type { EventView, ProblemReply, StreamMessage } from './contract.ts';
import { requestOverSocket, type SocketReply } from './socket-http.ts';
import { API_HEADER, API_VERSION } from './version.ts';

export interface ClientOptions {
  readonly socket: string;
  /** How long the first byte of an answer may take; streams have no limit after it. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
}

const DEFAULT_TIMEOUT_MS = 30_000;

const open = async (options: ClientOptions, call: Call): Promise<SocketReply> => {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const headers = {
    [API_HEADER]: String(API_VERSION),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  let timer: NodeJS.Timeout | undefined;
  try {
    return await requestOverSocket({ socket: options.socket, ...call, headers, body }, (socket) => {
      const slow = problem('DAEMON_SLOW', { socket: options.socket, seconds: timeoutMs / 1000 });
      timer = setTimeout(() => socket.destroy(slow), timeoutMs);
      destroyOnAbort(socket, options.signal);
    });
  } catch (error) {
    throw translate(error as NodeJS.ErrnoException, options);
  } finally {
    clearTimeout(timer);
  }
};

const destroyOnAbort = (socket: Socket, signal: AbortSignal | undefined): void => {
  if (!signal) return;
  const abort = (): void => void socket.destroy(signal.reason instanceof Error ? signal.reason : undefined);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  socket.on('close', () => signal.removeEventListener('abort', abort));
};

const REFUSED: Readonly<Record<string, string>> = {
  ENOENT: 'the socket is not there',
  ECONNREFUSED: 'nobody listens',
  EACCES: 'permission denied',
};

const translate = (error: NodeJS.ErrnoException, options: ClientOptions): Error => {
  if (options.signal?.aborted) return options.signal.reason instanceof Error ? options.signal.reason : error;
  if (error.code === 'EACCES')
    return problem('NOT_ALLOWED', { uid: process.getuid?.() ?? -1, what: 'speak to the daemon' });
  const why = REFUSED[error.code ?? ''];
  if (why) return problem('DAEMON_DOWN', { socket: options.socket, why }, { cause: error });
  if (error.code === 'ECONNRESET')
    return problem('DAEMON_DOWN', { socket: options.socket, why: 'it closed the connection' });
  return error;
};

const readAll = async (response: SocketReply): Promise<string> => {
  let text = '';
  for await (const chunk of response.body) text += chunk;
  return text;
};

const failed = (text: string): Error => {
  const reply = JSON.parse(text) as ProblemReply;
  return problemFromReport(reply.problem);
};

const isOk = (response: SocketReply): boolean => response.status < 300;

/**
 * One request with one JSON reply.
 * @throws Problem of the daemon, DAEMON_DOWN, DAEMON_SLOW, VERSION_MISMATCH, NOT_ALLOWED
 */
export const callDaemon = async <T>(options: ClientOptions, call: Call): Promise<T> => {
  const response = await open(options, call);
  const text = await readAll(response).catch((error: unknown) => {
    throw translate(error as NodeJS.ErrnoException, options);
  });
  if (!isOk(response)) throw failed(text);
  return JSON.parse(text) as T;
};

/** Lines of an NDJSON reply as they come. */
async function* readLines(response: SocketReply): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of response.body) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
  if (rest !== '') yield rest;
}

/**
 * Long work: tells each step, resolves with the result. Aborting the signal closes the connection, which undoes the work.
 * @throws as callDaemon; DAEMON_DOWN when the daemon went away before the last line
 */
export const streamWork = async <T>(
  options: ClientOptions,
  call: Call,
  onMessage: (message: StreamMessage<T>) => void,
): Promise<T> => {
  const response = await open(options, call);
  if (!isOk(response)) throw failed(await readAll(response));
  try {
    for await (const line of readLines(response)) {
      const message = JSON.parse(line) as StreamMessage<T>;
      if (message.type === 'done') return message.result;
      if (message.type === 'problem') throw problemFromReport(message.problem);
      onMessage(message);
    }
  } catch (error) {
    throw translate(error as NodeJS.ErrnoException, options);
  }
  throw problem('DAEMON_DOWN', {
    socket: options.socket,
    why: 'it went away in the middle of the work; the next start heals it',
  });
};

/** Events after a sequence number; ends when the daemon does, or when it cut us off for being slow. */
export async function* followEvents(
  options: ClientOptions,
  query: { readonly since: number; readonly follow: boolean; readonly tenant?: string },
): AsyncGenerator<EventView> {
  const tenant = query.tenant === undefined ? '' : `&tenant=${encodeURIComponent(query.tenant)}`;
  const path = `/v1/events?since=${query.since}&follow=${query.follow ? 1 : 0}${tenant}`;
  const response = await open(options, { method: 'GET', path });
  if (!isOk(response)) throw failed(await readAll(response));
  for await (const line of readLines(response)) yield JSON.parse(line) as EventView;
}
