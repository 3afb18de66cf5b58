// HTTP/1.1 over a unix socket for one request, on node:net: loading node:http costs 20 ms, half of a whole command.

import { connect, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';

export interface SocketRequest {
  readonly socket: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface SocketReply {
  readonly status: number;
  /** Decoded pieces of the body as they come; ends with the body, throws ECONNRESET when it was cut. */
  readonly body: AsyncIterable<string>;
}

/** A head is a few hundred bytes; one without end is not our daemon. */
const MAX_HEAD = 64 * 1024;

const formatHead = ({ method, path, headers, body }: SocketRequest): string => {
  const all = { host: 'daemon', connection: 'close', ...headers };
  const length = body === undefined ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`;
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}${length}\r\n${body ?? ''}`;
};

export interface Head {
  readonly status: number;
  readonly length: number | null;
  readonly chunked: boolean;
}

/** @throws Error EPROTO for what is not an HTTP/1.1 head */
export const parseHead = (text: string): Head => {
  const [first = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3})/.exec(first)?.[1];
  if (status === undefined) throw Object.assign(new Error('the answer is not HTTP/1.1'), { code: 'EPROTO' });
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const length = headers.get('content-length');
  return {
    status: Number(status),
    length: length === undefined ? null : Number(length),
    chunked: (headers.get('transfer-encoding') ?? '').toLowerCase() === 'chunked',
  };
};

const cut = (): Error => Object.assign(new Error('the connection was closed too early'), { code: 'ECONNRESET' });

/** Bytes of a socket, to be asked for by line or by count. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done) return false;
    this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value]);
    return true;
  }

  /** Up to and without the mark. @throws ECONNRESET when the end comes first */
  async until(mark: string): Promise<string> {
    for (;;) {
      const at = this.#rest.indexOf(mark);
      if (at >= 0) {
        const text = this.#rest.toString('latin1', 0, at);
        this.#rest = this.#rest.subarray(at + mark.length);
        return text;
      }
      if (this.#rest.length > MAX_HEAD || !(await this.#more())) throw cut();
    }
  }

  /** What is there, at most so many bytes; undefined at the end. */
  async some(most: number): Promise<Buffer | undefined> {
    if (this.#rest.length === 0 && !(await this.#more())) return undefined;
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }
}

/** Exactly so many bytes, in pieces. */
async function* readCounted(reader: ByteReader, count: number): AsyncGenerator<Buffer> {
  for (let left = count; left > 0; ) {
    const piece = await reader.some(left);
    if (piece === undefined) throw cut();
    left -= piece.length;
    yield piece;
  }
}

/** RFC 9112, section 7.1; our server sends neither extensions nor trailers. */
async function* readChunked(reader: ByteReader): AsyncGenerator<Buffer> {
  for (;;) {
    const size = Number.parseInt(await reader.until('\r\n'), 16);
    if (!(size >= 0)) throw cut();
    if (size === 0) return;
    yield* readCounted(reader, size);
    await reader.until('\r\n');
  }
}

async function* readToEnd(reader: ByteReader): AsyncGenerator<Buffer> {
  for (let piece = await reader.some(MAX_HEAD); piece; piece = await reader.some(MAX_HEAD)) yield piece;
}

async function* decode(socket: Socket, reader: ByteReader, head: Head): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  const pieces = head.chunked
    ? readChunked(reader)
    : head.length === null
      ? readToEnd(reader)
      : readCounted(reader, head.length);
  try {
    for await (const piece of pieces) yield decoder.write(piece);
  } finally {
    socket.destroy();
  }
}

/**
 * Sends one request; resolves when the head of the answer is there.
 * @param onSocket is given the socket before anything is sent, so that the caller can destroy it
 */
export const requestOverSocket = async (
  request: SocketRequest,
  onSocket: (socket: Socket) => void,
): Promise<SocketReply> => {
  const socket = connect(request.socket);
  onSocket(socket);
  socket.write(formatHead(request));
  const reader = new ByteReader(socket);
  try {
    const head = parseHead(await reader.until('\r\n\r\n'));
    return { status: head.status, body: decode(socket, reader, head) };
  } catch (error) {
    socket.destroy();
    throw error;
  }
};
