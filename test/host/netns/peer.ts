// One end of a conversation, in a network namespace of its own: listens on port 5555 and does what lines on stdin say.
//   run as: unshare --net -- node peer.ts; each line in is a request, each line out its answer

import { createSocket, type Socket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { PeerRequest } from './peer-client.ts';

const PORT = 5555;
/** A packet that was dropped gets no answer at all; a lost first SYN is sent again after 1 s (tcp(7)). */
const PATIENCE_MS = 2500;

const received: string[] = [];

const listen = async (): Promise<void> => {
  createServer((socket) => socket.on('error', () => undefined).end()).listen(PORT, '::');
  // one socket for both families; others may bind the same port to one address
  const socket = createSocket({ type: 'udp6', reuseAddr: true });
  socket.on('message', (message) => received.push(message.toString('latin1')));
  await bindTo(socket, PORT, '::');
};

/** `open`, or the error's code; `timeout` when nothing answers. */
const tryConnect = (host: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ host, port: PORT });
    const timer = setTimeout(() => end('timeout'), PATIENCE_MS);
    const end = (answer: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => end('open')).on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'error'));
  });

const bindTo = (socket: Socket, port: number, address: string): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('error', reject).bind(port, address, () => resolve());
  });

/** Sends one datagram; what the kernel refuses at once is an answer too. */
const sendDatagram = async (to: string, text: string, from?: string, port = 0): Promise<string> => {
  const socket = createSocket({ type: to.includes(':') ? 'udp6' : 'udp4', reuseAddr: true });
  try {
    if (from) await bindTo(socket, port, from);
    return await new Promise((resolve) => {
      socket.send(text, PORT, to, (error) =>
        resolve(error ? ((error as NodeJS.ErrnoException).code ?? 'error') : 'sent'),
      );
    });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'error';
  } finally {
    socket.close();
  }
};

/** Resolves with all texts so far once the marker has come; packets on a veth keep their order. */
const waitFor = async (marker: string): Promise<string[]> => {
  const deadline = performance.now() + 5000;
  while (!received.includes(marker) && performance.now() < deadline) await new Promise((next) => setTimeout(next, 5));
  return received.splice(0);
};

const answer = (request: PeerRequest): Promise<unknown> => {
  if (request.act === 'connect') return Promise.all(request.hosts.map(tryConnect));
  if (request.act === 'send') return sendDatagram(request.to, request.text, request.from, request.port);
  return waitFor(request.marker);
};

await listen();
process.stdout.write('"ready"\n');
for await (const line of createInterface({ input: process.stdin })) {
  const result = await answer(JSON.parse(line) as PeerRequest);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
process.exit(0);
