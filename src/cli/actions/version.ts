// `tenantctl version`: ours, and the daemon's if one runs.

import type { VersionView } from '../../api/contract.ts';
import { API_VERSION, PROGRAM_VERSION } from '../../api/version.ts';
import { Problem } from '../../domain/errors.ts';
import type { Action } from '../definition.ts';

const readDaemon = async (call: () => Promise<VersionView>): Promise<VersionView | Problem> => {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
};

export const run: Action = async (context) => {
  const client = { version: PROGRAM_VERSION, apiVersion: API_VERSION, node: process.version };
  const daemon = await readDaemon(() => context.callRunning<VersionView>({ method: 'GET', path: '/v1/version' }));
  const lines = [`tenantctl ${client.version} (API ${client.apiVersion}, node ${client.node})`];
  if (daemon instanceof Problem) lines.push(`daemon: ${daemon.message}`);
  else
    lines.push(
      `daemon ${daemon.version} (API ${daemon.apiVersion}, node ${daemon.node}, LXC ${daemon.engine}), process ${daemon.pid}, state in ${daemon.state}`,
    );
  if (context.json) context.printJson({ client, daemon: daemon instanceof Problem ? null : daemon });
  else context.print(`${lines.join('\n')}\n`);
  return 0;
};
