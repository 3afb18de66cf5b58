// A terminal of streams for Ink: what was written is kept, keys can be pressed; its real renderer at work, no pty.

import { PassThrough } from 'node:stream';

export interface FakeTty {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** All that was written so far. */
  readonly written: () => string;
  readonly press: (keys: string) => void;
}

export const fakeTty = (columns: number, rows: number): FakeTty => {
  let text = '';
  const out = new PassThrough();
  out.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: () => stdin,
    ref: () => stdin,
    unref: () => stdin,
  }) as unknown as NodeJS.ReadStream;
  return {
    stdin,
    stdout: Object.assign(out, { isTTY: true, columns, rows }) as unknown as NodeJS.WriteStream,
    written: () => text,
    press: (keys) => void (stdin as unknown as PassThrough).write(keys),
  };
};
