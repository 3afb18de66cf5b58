// What an instance has on the host now, by its names: to prove that nothing is left that nobody owns.

import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../../src/domain/instance.ts';
import { linkName } from '../../src/domain/slots.ts';
import { parseMountinfo } from '../../src/linux/rootfs/mountinfo.ts';

const CGROUPS = '/sys/fs/cgroup';

/** One folder for each mounted hierarchy; the root itself on v2. */
export const listHierarchies = (): string[] => {
  if (existsSync(join(CGROUPS, 'cgroup.controllers'))) return [CGROUPS];
  return readdirSync(CGROUPS)
    .map((name) => join(CGROUPS, name))
    .filter((path) => lstatSync(path).isDirectory());
};

const namesIn = (path: string): string[] => (existsSync(path) ? readdirSync(path) : []);

const foldersIn = (path: string): string[] =>
  existsSync(path)
    ? readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
    : [];

/** Names of tenants that have a control group in any hierarchy. */
export const listCgroups = (instance: Instance): string[] => [
  ...new Set(listHierarchies().flatMap((root) => foldersIn(join(root, instance.name)))),
];

export const listMountsBelow = (folder: string): string[] =>
  parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'))
    .map(({ target }) => target)
    .filter((target) => target === folder || target.startsWith(`${folder}/`));

/** Backing files of loop devices below a folder; one in the lab's or a deleted image counts too. */
export const listLoopsBelow = (folder: string): string[] =>
  readdirSync('/sys/block')
    .filter((name) => name.startsWith('loop'))
    .flatMap((name) => {
      const file = join('/sys/block', name, 'loop/backing_file');
      const backing = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
      return backing.startsWith(`${folder}/`) ? [backing] : [];
    });

/** Links of the instance's slots in the host's network namespace. */
export const listLinks = ({ slots }: Instance): string[] => {
  const wanted = new Set(Array.from({ length: slots.count }, (_, i) => linkName(slots.first + i)));
  return readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .map((line) => line.split(':')[0]?.trim() ?? '')
    .filter((name) => wanted.has(name));
};

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

const runsBelow = (pid: string, folder: string): boolean => {
  if (readText(`/proc/${pid}/cmdline`).includes(`${folder}/`)) return true;
  if (readText(`/proc/${pid}/environ`).includes(`=${folder}/`)) return true;
  try {
    return readlinkSync(`/proc/${pid}/root`).startsWith(folder);
  } catch {
    return false;
  }
};

/** Processes that name the folder: daemons by environment, monitors by title. Not the asking process itself. */
export const listProcesses = (folder: string): { pid: number; title: string }[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => runsBelow(pid, folder))
    .map((pid) => ({ pid: Number(pid), title: readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim() }));

/** The table and the policy rules that keep this instance's tenants apart (preferences as in linux/network/rules). */
export const listRules = ({ name, slots }: Instance): string[] => {
  const tables = spawnSync('nft', ['list', 'tables'], { encoding: 'utf8' }).stdout ?? '';
  const first = 9600 + slots.first * 2;
  const rules = ['-4', '-6'].flatMap((family) =>
    (spawnSync('ip', [family, 'rule', 'show'], { encoding: 'utf8' }).stdout ?? '')
      .split('\n')
      .filter((line) => [first, first + 1].includes(Number(line.split(':')[0] || Number.NaN)))
      .map((line) => `ip ${family} rule ${line}`),
  );
  const own = tables.split('\n').filter((line) => line.trim() === `table inet ${name}`);
  return [...own, ...rules];
};

/**
 * Everything of an instance that should be gone when its tenants are and its daemon is.
 * @param base the folder that holds state, run and config
 */
export const findLeftovers = (base: string, instance: Instance): string[] => [
  ...listMountsBelow(base).map((target) => `mount ${target}`),
  ...listLoopsBelow(base).map((file) => `loop of ${file}`),
  ...listHierarchies()
    .map((root) => join(root, instance.name))
    .filter((path) => existsSync(path))
    .map((path) => `cgroup ${path} with ${foldersIn(path).join(', ') || 'nothing'}`),
  ...listLinks(instance).map((name) => `link ${name}`),
  ...listRules(instance),
  ...listProcesses(base).map(({ pid, title }) => `process ${pid} ${title}`),
];

/** Files the program may keep in the folder of a tenant. */
const KNOWN_FILES = new Set([
  'disk.img',
  'disk',
  'base',
  'root',
  'shifted',
  'identity',
  'told',
  'lxc.conf',
  'lxc.log',
  'console.log',
  'console.log.1',
  'console-before.log',
  'console-before.log.1',
]);

/** Entries of state folders that no record explains: half-built bases, folders of nobody, temporary files. */
export const findStrayFiles = (state: string, tenants: readonly string[], trash: readonly string[]): string[] => {
  const stray = (folder: string, isKnown: (name: string) => boolean): string[] =>
    namesIn(join(state, folder))
      .filter((name) => !isKnown(name))
      .map((name) => join(folder, name));
  return [
    ...stray('tenants', (name) => tenants.includes(name)),
    ...stray('trash', (key) => trash.includes(key)),
    ...stray('bases', (name) => /^([a-z]+@[0-9a-f]+|lost\+found|\.lock-[a-z]+|\.host-files\.json)$/.test(name)),
    ...tenants.flatMap((name) => stray(join('tenants', name), (file) => KNOWN_FILES.has(file))),
    ...namesIn(state).filter((name) => name.endsWith('.tmp')),
  ];
};
