// One tenant's counters on cgroup v2, by descriptors that stay open.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CgroupSampler } from '../../ports/cgroups.ts';
import { FieldReading, Reading, readIdentity, SHARED_BUFFER } from './kernel-reader.ts';
import { Fields, parseDevice, parseIoStat, parseNumberAt } from './parse.ts';
import { PressureReading } from './pressure.ts';
import { openRefaults } from './refaults.ts';
import { TreeCounter } from './tree-counter.ts';

const CPU = new Fields('usage_usec', 'user_usec', 'system_usec', 'nr_periods', 'nr_throttled', 'throttled_usec');
const MEMORY = new Fields('file', 'inactive_file');
const MEMORY_EVENTS = new Fields('max', 'oom_kill');
const PIDS_EVENTS = new Fields('max');
const SHAPE = new Fields('nr_descendants');

interface Counter {
  read(): number;
  close(): void;
}

const PIDS_EVENTS_PLACES: number[] = [];

const parseMax = (bytes: Uint8Array, length: number): number => {
  PIDS_EVENTS.parse(bytes, length, PIDS_EVENTS_PLACES);
  return PIDS_EVENTS.values[0] ?? 0;
};

/**
 * Forks refused. Since 6.11 pids.events holds the whole tree's (73e75e6fc352, the commit that also added
 * pids.events.local); before, each group counts its own forks, so the tree is summed.
 */
const openForks = (folder: string): Counter => {
  if (existsSync(join(folder, 'pids.events.local')) || !existsSync(join(folder, 'pids.events'))) {
    const file = new FieldReading(join(folder, 'pids.events'), PIDS_EVENTS);
    return { read: () => (file.load() ? file.get(0) : 0), close: () => file.close() };
  }
  const stat = new FieldReading(join(folder, 'cgroup.stat'), SHAPE);
  const shape = (): number => (stat.load() ? stat.get(0) : -1);
  const tree = new TreeCounter({
    top: folder,
    file: 'pids.events',
    parse: parseMax,
    buffer: SHARED_BUFFER,
    shape,
    shapeEvery: 1,
  });
  const close = (): void => {
    stat.close();
    tree.close();
  };
  return { read: () => tree.read(), close };
};

const openFiles = (folder: string) => {
  const file = (name: string): Reading => new Reading(join(folder, name));
  const fields = (name: string, keys: Fields): FieldReading => new FieldReading(join(folder, name), keys);
  const pressure = new PressureReading(folder);
  return {
    cpu: fields('cpu.stat', CPU),
    current: file('memory.current'),
    memory: fields('memory.stat', MEMORY),
    events: fields('memory.events', MEMORY_EVENTS),
    swap: file('memory.swap.current'),
    pids: file('pids.current'),
    io: file('io.stat'),
    forks: openForks(folder),
    pressure,
    refaults: openRefaults(join(folder, 'memory.stat'), false, pressure),
  };
};

const readNumber = (file: Reading): number => Math.max(0, parseNumberAt(SHARED_BUFFER, 0, file.read()));

/** One for all samplers, as the buffer is. */
const io = new Float64Array(4);

/** @param device `major:minor` whose traffic counts, or null for every disk */
export const openSamplerV2 = (folder: string, device: string | null): CgroupSampler => {
  const files = openFiles(folder);
  const { cpu, memory, events } = files;
  const disk = device === null ? null : parseDevice(device);
  return {
    identity: readIdentity(folder),
    sample: (at) => {
      if (!cpu.load()) return undefined;
      const used = readNumber(files.current);
      memory.load();
      events.load();
      const swap = files.swap.isOpen ? readNumber(files.swap) : null;
      const pids = readNumber(files.pids);
      parseIoStat(SHARED_BUFFER, files.io.read(), disk, io);
      return {
        at,
        cpuUsec: cpu.get(0),
        cpuUserUsec: cpu.get(1),
        cpuSystemUsec: cpu.get(2),
        periods: cpu.get(3),
        throttled: cpu.get(4),
        throttledUsec: cpu.get(5),
        memory: Math.max(0, used - memory.get(1)),
        memoryCache: memory.get(0),
        swap,
        memoryMaxHits: events.get(0),
        oomKills: events.get(1),
        pids,
        forksRefused: files.forks.read(),
        ioReadBytes: io[0] ?? 0,
        ioWriteBytes: io[1] ?? 0,
        ioReadOps: io[2] ?? 0,
        ioWriteOps: io[3] ?? 0,
        pressure: files.pressure.sample(),
        ...files.refaults.sample(),
      };
    },
    close: () => {
      for (const file of Object.values(files)) file.close();
    },
  };
};
