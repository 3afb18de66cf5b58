// HTTP as the API uses it: bodies with a cap, JSON replies, one object a line for long work.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { StreamMessage } from '../api/contract.ts';
import { API_VERSION } from '../api/version.ts';
import { type Problem, type ProblemKind, problem, reportProblem, toProblem } from '../domain/errors.ts';
import type { Work } from '../engine/engine-ports.ts';

export const HTTP_STATUS: { readonly [K in ProblemKind]: number } = {
  usage: 400,
  'not-found': 404,
  permission: 403,
  conflict: 409,
  unreachable: 426,
  capacity: 507,
  unsupported: 501,
  busy: 503,
  failure: 500,
};

/** A request is names and numbers: more is a mistake or an attack. */
const MAX_BODY = 1 << 20;

export const sendJson = (response: ServerResponse, status: number, body: object): void => {
  const text = JSON.stringify({ apiVersion: API_VERSION, ...body });
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
};

export const sendProblem = (response: ServerResponse, error: Problem): void => {
  if (response.headersSent) response.destroy();
  else sendJson(response, HTTP_STATUS[error.kind], { problem: reportProblem(error) });
};

/**
 * Reads and checks a JSON body; an empty one is `{}`.
 * @throws Problem REQUEST_INVALID naming the key
 */
export const readBody = async <T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> => {
  const where = { method: request.method ?? '', path: (request.url ?? '').slice(0, 200) };
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY)
      throw problem('REQUEST_INVALID', { ...where, why: `the body is longer than ${MAX_BODY} bytes` });
    chunks.push(chunk);
  }
  let data: unknown;
  try {
    data = size === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw problem('REQUEST_INVALID', { ...where, why: 'the body is not JSON' }, { cause: error });
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw problem('REQUEST_INVALID', {
    ...where,
    why: `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'does not fit'}`,
  });
};

/**
 * Runs long work and tells it line by line. A client that goes away before the end cancels the work, which undoes it.
 */
export const streamReply = async <T>(
  response: ServerResponse,
  options: { readonly by: string; readonly what: string; readonly stop: AbortSignal },
  act: (work: Work) => Promise<T>,
): Promise<void> => {
  const gone = new AbortController();
  const cancelled = problem('CANCELLED', { what: options.what });
  response.on('close', () => {
    if (!response.writableFinished) gone.abort(cancelled);
  });
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const send = (message: StreamMessage<T>): void => {
    if (!response.destroyed) response.write(`${JSON.stringify(message)}\n`);
  };
  const work: Work = {
    signal: AbortSignal.any([gone.signal, options.stop]),
    by: options.by,
    onStep: (step) => send({ type: 'step', ...step }),
    onProgress: (text) => send({ type: 'progress', text }),
  };
  try {
    send({ type: 'done', result: await act(work) });
  } catch (error) {
    send({ type: 'problem', problem: reportProblem(toProblem(error)) });
  }
  response.end();
};
