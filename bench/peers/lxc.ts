// Raw LXC with an equal container: the very configuration and mounts of a tenant, without the program around it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BenchInstance, LIMITS } from '../instance.ts';
import { runCommand } from '../measure.ts';

export interface LxcPeer {
  start(): void;
  stop(): void;
  /** What a tenant's start also does: its disk and its root, by mount(8). The id-mapped base stays, mount(8) cannot map. */
  mount(): void;
  unmount(): void;
  exec(): void;
  /** The tenant's mounted root: what other engines get as their image. */
  readonly root: string;
  close(): Promise<void>;
}

const NAME = 'peer';

/**
 * A second instance makes the tenant; then its daemon is killed, so that nobody but LXC acts on the container: disk,
 * overlay and idmapped base stay mounted, which is the part raw LXC does not have to do.
 */
export const openLxcPeer = async (program: string): Promise<LxcPeer> => {
  const instance = new BenchInstance(program);
  const path = join(instance.state, 'tenants');
  const own = ['-P', path, '-n', NAME];
  const lxc = (tool: string, ...args: string[]): void => {
    try {
      runCommand({ program: tool, args: [...own, ...args] });
    } catch (error) {
      const log = readFileSync(join(path, NAME, 'lxc.log'), 'utf8')
        .trim()
        .split('\n')
        .slice(-6)
        .join('\n');
      throw new Error(`${tool} ${args.join(' ')} failed; its log ends with\n${log}`, { cause: error });
    }
  };
  try {
    await instance.startDaemon();
    instance.cli('add', NAME, ...LIMITS, '--overcommit');
    await instance.endDaemon('SIGKILL');
  } catch (error) {
    await instance.close();
    throw error;
  }
  return {
    root: join(path, NAME, 'root'),
    start: () => lxc('lxc-start', '-f', join(path, NAME, 'lxc.conf'), '-d'),
    stop: () => lxc('lxc-stop', '-k'),
    mount: () => {
      const at = (name: string): string => join(path, NAME, name);
      const overlay = `lowerdir=${at('base')},upperdir=${at('disk/upper')},workdir=${at('disk/work')},redirect_dir=on,index=off`;
      runCommand({ program: 'mount', args: ['-o', 'loop', '-t', 'ext4', at('disk.img'), at('disk')] });
      runCommand({ program: 'mount', args: ['-t', 'overlay', '-o', overlay, 'peer', at('root')] });
    },
    unmount: () => void runCommand({ program: 'umount', args: [join(path, NAME, 'root'), join(path, NAME, 'disk')] }),
    exec: () => lxc('lxc-attach', '--clear-env', '--', 'true'),
    close: () => instance.close(),
  };
};
