// One exchange of the API: what a route is given, and the few things every route does with it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { problem } from '../domain/errors.ts';
import type { Work } from '../engine/engine-ports.ts';
import { sendJson, streamReply } from './http.ts';
import type { Service } from './service.ts';

export interface Exchange {
  readonly service: Service;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Decoded path segments that stand for `:name`. */
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  /** `uid:0` */
  readonly by: string;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Segments; `:` matches one. */
  readonly path: string;
  readonly act: (exchange: Exchange) => Promise<void> | void;
}

export const get = (path: string, build: (exchange: Exchange) => object | Promise<object>): Route => ({
  method: 'GET',
  path,
  act: async (exchange) => sendJson(exchange.response, 200, await build(exchange)),
});

export const stream = (exchange: Exchange, what: string, act: (work: Work) => Promise<unknown>): Promise<void> =>
  streamReply(exchange.response, { by: exchange.by, what, stop: exchange.service.stop }, act);

export const nameOf = ({ params }: Exchange): string => params[0] ?? '';

export const readNumber = (exchange: Exchange, key: string, fallback: number): number => {
  const text = exchange.query.get(key);
  if (text === null) return fallback;
  if (!/^\d{1,15}$/.test(text)) {
    throw problem('REQUEST_INVALID', {
      method: 'GET',
      path: exchange.request.url ?? '',
      why: `${key}: "${text.slice(0, 40)}" is not a whole number`,
    });
  }
  return Number(text);
};

/**
 * A moment as ISO 8601, for example 2026-03-01T12:00:00Z.
 * @throws Problem REQUEST_INVALID
 */
export const readTime = (exchange: Exchange, key: string, fallback: number): number => {
  const text = exchange.query.get(key);
  if (text === null) return fallback;
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw problem('REQUEST_INVALID', {
    method: 'GET',
    path: exchange.request.url?.slice(0, 200) ?? '',
    why: `${key}: "${text.slice(0, 40)}" is not a moment such as 2026-03-01T12:00:00Z`,
  });
};
