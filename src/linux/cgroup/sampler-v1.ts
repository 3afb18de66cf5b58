// One tenant's counters on cgroup v1, by descriptors that stay open; pressure from `unified` on hybrid hosts.

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from '../../domain/instance.ts';
import type { CgroupSampler } from '../../ports/cgroups.ts';
import type { Hierarchies } from './detect.ts';
import { FieldReading, Reading, readIdentity, SHARED_BUFFER } from './kernel-reader.ts';
import { Fields, parseBlkio, parseDevice, parseNumberAt } from './parse.ts';
import { PressureReading } from './pressure.ts';
import { openRefaults } from './refaults.ts';
import { resolveInside } from './tree.ts';
import { TreeCounter } from './tree-counter.ts';

const CPU = new Fields('nr_periods', 'nr_throttled', 'throttled_time');
const CPU_TIMES = new Fields('user', 'system');
const MEMORY = new Fields('total_cache', 'total_inactive_file', 'total_swap');

/** cpuacct.stat counts in USER_HZ, which is 100 for programs on every architecture (man 7 time). */
const USEC_PER_TICK = 10_000;

const parseOne = (name: string): ((bytes: Uint8Array, length: number) => number) => {
  const fields = new Fields(name);
  const places: number[] = [];
  return (bytes, length) => {
    fields.parse(bytes, length, places);
    return fields.values[0] ?? 0;
  };
};

const parseKills = parseOne('oom_kill');
const parseRefusals = parseOne('max');

/** After confine() only root makes groups in these hierarchies, and nobody of ours does: half a minute late is early. */
const SHAPE_EVERY = 30;

/** oom_kill and pids.events count in the group of the process alone, so payload and all below are summed. */
const openTree = (folder: string, file: string, parse: ReturnType<typeof parseOne>): TreeCounter => {
  const inner = join(folder, 'ns');
  // link count: two, and one for each folder inside
  const shape = (): number => statSync(inner, { throwIfNoEntry: false })?.nlink ?? -1;
  return new TreeCounter({
    top: folder,
    file,
    parse,
    buffer: SHARED_BUFFER,
    shape,
    shapeEvery: SHAPE_EVERY,
  });
};

/** The figures of the whole tree; before 4.20 only the group's own are there. */
const blkioFile = (folder: string, name: string): Reading => {
  const whole = join(folder, `${name}_recursive`);
  return new Reading(existsSync(whole) ? whole : join(folder, name));
};

const folderOf = (hierarchies: Hierarchies, place: Place, controller: string): string =>
  resolveInside(hierarchies.controllers.get(controller) ?? '/nonexistent', place.payload);

const openFiles = (hierarchies: Hierarchies, place: Place) => {
  const folder = (controller: string): string => folderOf(hierarchies, place, controller);
  const file = (controller: string, name: string): Reading => new Reading(join(folder(controller), name));
  const fields = (controller: string, name: string, keys: Fields): FieldReading =>
    new FieldReading(join(folder(controller), name), keys);
  const { unified } = hierarchies;
  const pressure = new PressureReading(unified === undefined ? undefined : resolveInside(unified, place.payload));
  return {
    cpu: fields('cpu', 'cpu.stat', CPU),
    usage: file('cpuacct', 'cpuacct.usage'),
    times: fields('cpuacct', 'cpuacct.stat', CPU_TIMES),
    current: file('memory', 'memory.usage_in_bytes'),
    memory: fields('memory', 'memory.stat', MEMORY),
    hits: file('memory', 'memory.failcnt'),
    // the counter of memory and swap is charged first, so with no swap allowed it is the one that says no
    swapHits: file('memory', 'memory.memsw.failcnt'),
    kills: openTree(folder('memory'), 'memory.oom_control', parseKills),
    pids: file('pids', 'pids.current'),
    forks: openTree(folder('pids'), 'pids.events', parseRefusals),
    bytes: blkioFile(folder('blkio'), 'blkio.throttle.io_service_bytes'),
    ops: blkioFile(folder('blkio'), 'blkio.throttle.io_serviced'),
    pressure,
    refaults: openRefaults(join(folder('memory'), 'memory.stat'), true, pressure),
  };
};

const readNumber = (file: Reading): number => Math.max(0, parseNumberAt(SHARED_BUFFER, 0, file.read()));

/** One for all samplers, as the buffer is: read and written. */
const bytes = new Float64Array(2);
const ops = new Float64Array(2);

/** @param device `major:minor` whose traffic counts, or null for every disk */
export const openSamplerV1 = (hierarchies: Hierarchies, place: Place, device: string | null): CgroupSampler => {
  const files = openFiles(hierarchies, place);
  const { cpu, times, memory } = files;
  const disk = device === null ? null : parseDevice(device);
  return {
    identity: readIdentity(folderOf(hierarchies, place, 'cpuacct')),
    sample: (at) => {
      const length = files.usage.read();
      if (length === 0) return undefined;
      const cpuUsec = Math.floor(Math.max(0, parseNumberAt(SHARED_BUFFER, 0, length)) / 1000);
      cpu.load();
      times.load();
      const used = readNumber(files.current);
      memory.load();
      parseBlkio(SHARED_BUFFER, files.bytes.read(), disk, bytes);
      parseBlkio(SHARED_BUFFER, files.ops.read(), disk, ops);
      return {
        at,
        cpuUsec,
        cpuUserUsec: times.get(0) * USEC_PER_TICK,
        cpuSystemUsec: times.get(1) * USEC_PER_TICK,
        periods: cpu.get(0),
        throttled: cpu.get(1),
        throttledUsec: Math.floor(cpu.get(2) / 1000),
        memory: Math.max(0, used - memory.get(1)),
        memoryCache: memory.get(0),
        swap: memory.has(2) ? memory.get(2) : null,
        memoryMaxHits: readNumber(files.hits) + readNumber(files.swapHits),
        oomKills: files.kills.read(),
        pids: readNumber(files.pids),
        forksRefused: files.forks.read(),
        ioReadBytes: bytes[0] ?? 0,
        ioWriteBytes: bytes[1] ?? 0,
        ioReadOps: ops[0] ?? 0,
        ioWriteOps: ops[1] ?? 0,
        pressure: files.pressure.sample(),
        ...files.refaults.sample(),
      };
    },
    close: () => {
      for (const file of Object.values(files)) file.close();
    },
  };
};
