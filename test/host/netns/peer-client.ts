// Starts a peer in a network namespace of its own (or in this one) and talks to it.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { run } from '../../../src/linux/exec.ts';

export type PeerRequest =
  | { readonly act: 'connect'; readonly hosts: readonly string[] }
  | {
      readonly act: 'send';
      readonly to: string;
      readonly text: string;
      readonly from?: string;
      /** Source port; any when absent. */
      readonly port?: number;
    }
  | { readonly act: 'wait'; readonly marker: string };

export interface Peer {
  readonly pid: number;
  /** For each address `open`, `timeout` or an error's code; all are tried at the same time. */
  connect(...hosts: string[]): Promise<string[]>;
  send(to: string, text: string, from?: string, port?: number): Promise<string>;
  /** Datagrams received until the marker came. */
  wait(marker: string): Promise<string[]>;
  /** Runs `ip …` inside. */
  ip(...args: string[]): Promise<void>;
  stop(): Promise<void>;
}

const PEER = `${import.meta.dirname}/peer.ts`;

const openLines = (child: ChildProcessWithoutNullStreams): (() => Promise<unknown>) => {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the peer ended');
    return JSON.parse(value);
  };
};

/** @param ownNamespace false: it speaks for the host */
export const startPeer = async (ownNamespace: boolean): Promise<Peer> => {
  const command = [process.execPath, PEER];
  const [program = '', ...args] = ownNamespace ? ['unshare', '--net', '--', ...command] : command;
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
  child.stderr.pipe(process.stderr);
  const readLine = openLines(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await readLine(); // ready
  const ask = (request: PeerRequest): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return readLine();
  };
  const pid = child.pid ?? 0; // unshare(1) without --fork becomes the program
  return {
    pid,
    connect: async (...hosts) => (await ask({ act: 'connect', hosts })) as string[],
    send: async (to, text, from, port) =>
      String(await ask({ act: 'send', to, text, ...(from && { from }), ...(port && { port }) })),
    wait: async (marker) => (await ask({ act: 'wait', marker })) as string[],
    ip: async (...words) => {
      await run('nsenter', ['--net', '--target', String(pid), '--', 'ip', ...words]);
    },
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
};
