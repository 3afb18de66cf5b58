// Proves the shape of the program: who may import whom, what pure code may not touch, where the machine is touched.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { PROGRAM_VERSION } from '../src/api/version.ts';

const root = join(import.meta.dirname, '..');

interface Source {
  /** Path below src/. */
  readonly path: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
  /** What it imports: paths below src/ for our own files, names as written for the rest. */
  readonly imports: readonly string[];
}

const stripComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;,{}()])\/\/.*$/gm, '$1');

const IMPORT =
  /(?:^|[\s;])(?:import|export)\s[^;'"]*?\sfrom\s*'([^']+)'|(?:^|[\s;])import\s*'([^']+)'|\bimport\(\s*'([^']+)'/g;

export const findImports = (path: string, code: string): string[] =>
  [...code.matchAll(IMPORT)].map((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? '';
    return name.startsWith('.') ? normalize(join(dirname(path), name)) : name;
  });

const readSource = (path: string): Source => {
  const text = readFileSync(join(root, 'src', path), 'utf8');
  const code = stripComments(text);
  return { path, text, code, imports: findImports(path, code) };
};

const sources = globSync('**/*.{ts,tsx}', { cwd: join(root, 'src') })
  .sort()
  .map(readSource);

const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : path);
const isOurs = (name: string): boolean => /\.tsx?$/.test(name);
const packageOf = (name: string): string =>
  name.startsWith('node:')
    ? name
    : name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/');

/** Folders each folder may name, itself included always. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  ports: ['domain'],
  reports: ['domain'],
  api: ['domain'],
  linux: ['ports', 'domain'],
  store: ['ports', 'domain'],
  engine: ['ports', 'domain'],
  daemon: ['api', 'domain', 'engine', 'ports', 'reports'],
  cli: ['api', 'domain', 'reports'],
  tui: ['api', 'domain', 'reports'],
  'main.ts': ['cli', 'tui', 'daemon', 'api', 'domain'],
};

/** Packages that are not node's own; absent folders may use none. */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  domain: ['zod'],
  api: ['zod'],
  store: ['lowdb'],
  linux: ['koffi', 'systeminformation', 'zod'],
  daemon: ['zod', 'yaml', 'pino', 'node-cron'],
  cli: ['commander', 'yaml', 'zod'],
  tui: ['ink', 'react', 'zod'],
};

/** Folders that may not name any module of node: they act through ports only. */
const WITHOUT_NODE: readonly string[] = ['domain', 'ports', 'reports', 'engine'];

test('the scan finds static, type, re-exporting, bare and lazy imports over several lines', () => {
  const code = [
    "import { a } from './a.ts';",
    "import type {\n  B,\n} from '../b.ts';",
    "export { c } from 'zod';",
    "import 'node:fs';",
    "const d = await import('./deep/d.ts');",
  ].join('\n');
  assert.deepEqual(findImports('x/y.ts', code), ['x/a.ts', 'b.ts', 'zod', 'node:fs', 'x/deep/d.ts']);
});

test('each folder imports only what the table of the design allows', () => {
  const broken = sources.flatMap(({ path, imports }) => {
    const folder = folderOf(path);
    const allowed = MAY_IMPORT[folder];
    assert.ok(allowed, `src/${folder} is not in the table`);
    const names = imports.filter(isOurs).filter((name) => {
      if (folder === 'daemon' && path === 'daemon/wire.ts') return false;
      return folderOf(name) !== folder && !allowed.includes(folderOf(name));
    });
    return names.map((name) => `${path} -> ${name}`);
  });
  assert.deepEqual(broken, []);
});

test('only daemon/wire.ts names linux/ or store/', () => {
  const naming = sources
    .filter(({ path }) => !['linux', 'store'].includes(folderOf(path)))
    .filter(({ imports }) => imports.some((name) => isOurs(name) && ['linux', 'store'].includes(folderOf(name))));
  assert.deepEqual(
    naming.map(({ path }) => path),
    ['daemon/wire.ts'],
  );
});

test('each import names a file that exists, and each lazy import names it literally', () => {
  for (const { path, imports, code } of sources) {
    for (const name of imports.filter(isOurs)) assert.ok(existsSync(join(root, 'src', name)), `${path} -> ${name}`);
    assert.doesNotMatch(code, /\bimport\(\s*[^'\s]/, path);
    assert.doesNotMatch(code, /\brequire\(/, path);
  }
});

test('each folder uses only its own packages, and only pure ones where it is pure', () => {
  const broken = sources.flatMap(({ path, imports }) => {
    const folder = folderOf(path);
    return imports
      .filter((name) => !isOurs(name))
      .map(packageOf)
      .filter((name) =>
        name.startsWith('node:') ? WITHOUT_NODE.includes(folder) : !(MAY_USE[folder] ?? []).includes(name),
      )
      .map((name) => `${path} -> ${name}`);
  });
  assert.deepEqual(broken, []);
});

/**
 * The table of commands names each command's action lazily, and the actions that print help, completions and the man page
 * read that table: the one circle that is meant. All other lazy imports count like any other.
 */
const isTableToAction = (from: string, to: string): boolean =>
  from.startsWith('cli/commands/') && to.startsWith('cli/actions/');

const findCycle = (): string[] | undefined => {
  const edgesOf = ({ path, imports }: Source): string[] =>
    imports.filter((name) => isOurs(name) && !isTableToAction(path, name));
  const graph = new Map(sources.map((source) => [source.path, edgesOf(source)]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const next of graph.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle) return cycle;
    }
    done.add(path);
    return undefined;
  };
  for (const { path } of sources) {
    const cycle = visit(path, []);
    if (cycle) return cycle;
  }
  return undefined;
};

test('the table of commands loads its actions lazily', () => {
  for (const { path, code } of sources.filter((source) => source.path.startsWith('cli/commands/')))
    assert.doesNotMatch(code, /from\s*'\.\.\/actions\//, path);
});

test('no files import each other in a circle', () => {
  assert.equal(findCycle()?.join(' -> '), undefined);
});

/** Pure by design: values in, values out. */
const PURE = [
  /^domain\//,
  /^ports\//,
  /^reports\//,
  /^api\/(contract|version)\.ts$/,
  /^cli\/output\//,
  /^cli\/(definition|exit-status)\.ts$/,
  /^tui\/(state|view-model|keymap|keys|columns|theme)(\/|\.)/,
  /^store\/migrations\.ts$/,
  /^engine\/check-request\.ts$/,
  /^daemon\/(beat|views)\.ts$/,
  /^linux\/cgroup\/(values-v1|values-v2|value-facts|parse|compare)\.ts$/,
  /^linux\/lxc\/(config|seccomp|start-hook|control)\.ts$/,
  /^linux\/network\/ruleset\.ts$/,
  /^linux\/rootfs\/mountinfo\.ts$/,
];

const TIME_OR_CHANCE: readonly (readonly [string, RegExp])[] = [
  ['the wall clock', /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)/],
  ['the monotonic clock', /\bperformance\b|\bhrtime\b/],
  ['chance', /\bMath\.random\b|\brandomBytes\b|\brandomUUID\b|\bcrypto\b/],
  ['timers', /\bset(Timeout|Interval|Immediate)\b|\bAbortSignal\.timeout\b/],
  // styleText and stripVTControlCharacters by getBuiltinModule are text in, text out
  ['the process', /\bprocess\.(?!getBuiltinModule\('node:util'\))/],
];

test('pure code touches neither clock nor chance nor the process nor a module of node', () => {
  const pure = sources.filter(({ path }) => PURE.some((pattern) => pattern.test(path)));
  assert.ok(pure.length > 20, 'the patterns name files');
  const broken = pure.flatMap(({ path, code, imports }) => [
    ...TIME_OR_CHANCE.filter(([, pattern]) => pattern.test(code)).map(([what]) => `${path} touches ${what}`),
    // styleText and stripVTControlCharacters are text in, text out
    ...imports
      .filter((name) => name.startsWith('node:') && !(name === 'node:util' && path.startsWith('cli/output/')))
      .map((name) => `${path} -> ${name}`),
  ]);
  assert.deepEqual(broken, []);
});

test('the engine takes time and chance from its ports', () => {
  const broken = sources
    .filter(({ path }) => folderOf(path) === 'engine')
    .filter(({ code }) =>
      /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\b|\bMath\.random\b|\brandomBytes\b/.test(code),
    );
  assert.deepEqual(
    broken.map(({ path }) => path),
    [],
  );
});

/**
 * Files that may start programs. The command line cannot ask the daemon for the two things it starts: the daemon itself
 * (and its systemd unit), and the launcher that goes straight to lxc-attach.
 */
const SPAWNERS: readonly string[] = ['cli/programs.ts', 'linux/exec.ts'];

const importersOf = (name: string): string[] =>
  sources
    .filter(({ code }) =>
      new RegExp(`(from|import|import\\()\\s*'${name}'`).test(code.replace(/import type[^;]*;/g, '')),
    )
    .map(({ path }) => path);

test('programs are started in one place of each half', () => {
  assert.deepEqual(importersOf('node:child_process'), SPAWNERS);
});

test('no program is started by a shell string', () => {
  for (const { path, code } of sources)
    assert.doesNotMatch(code, /\bshell:\s*(true|['"])|\bexecSync\(|(?<![.\w])exec\(/, path);
});

test('system calls are made in one place', () => {
  const users = importersOf('koffi');
  assert.ok(users.length > 0);
  for (const path of users) assert.match(path, /^linux\/syscalls[a-z-]*\.ts$/);
});

/** Tables read better whole. */
const LONG_TABLES: Readonly<Record<string, string>> = {
  'domain/errors.ts': 'the one table of problems',
  'daemon/routes.ts': 'the one table of the API',
  'api/contract.ts': 'the one table of what travels over the socket',
  'tui/columns.ts': 'the one table of columns of the dashboard',
};
const MOST_LINES = 250;

test('a file has one job, says it in its first line, and is not long', () => {
  const broken = sources.flatMap(({ path, text }) => {
    const lines = text.trimEnd().split('\n');
    const first = lines[0]?.startsWith('#!') ? lines[1] : lines[0];
    return [
      ...(/^\/\/ \S/.test(first ?? '') ? [] : [`${path}: no comment in its first line`]),
      ...(lines.length > MOST_LINES && !LONG_TABLES[path] ? [`${path}: ${lines.length} lines`] : []),
    ];
  });
  assert.deepEqual(broken, []);
});

test('the house style holds: no default exports but screens, no enums, no suppressed check without its reason', () => {
  for (const { path, code, text } of sources) {
    if (!path.startsWith('tui/screens/')) assert.doesNotMatch(code, /^export default/m, path);
    assert.doesNotMatch(code, /^\s*(export )?(const )?enum /m, path);
    assert.doesNotMatch(text, /@ts-(ignore|expect-error|nocheck)|biome-ignore(?! lint\/[\w/]+: \w)/, path);
    assert.doesNotMatch(text, /\b(TODO|FIXME|XXX)\b/, path);
  }
});

const trackedFiles = (): string[] =>
  execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 24 })
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)));

test('no test is left out or runs alone', () => {
  const tests = globSync('test/**/*.ts', { cwd: root }).filter((path) => !path.endsWith('architecture.test.ts'));
  assert.ok(tests.length > 10);
  for (const path of tests) {
    const code = stripComments(readFileSync(join(root, path), 'utf8'));
    assert.doesNotMatch(code, /\b(test|it|describe|suite)\.(skip|only|todo)\b|\b(skip|only|todo):\s*true/, path);
  }
});

test('tests import production code and never the other way round', () => {
  const broken = sources.filter(({ imports }) => imports.some((name) => /(^|\/)test\//.test(name)));
  assert.deepEqual(
    broken.map(({ path }) => path),
    [],
  );
});

/** Put together here, so that this file holds none of them. */
const HOSTS = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['npm', 'pkg', 'github', 'com'],
].map((words) => words.join('.'));

test('no file names a package registry or a folder of the machine it was written on', () => {
  const registry = process.env['npm_config_registry'];
  const hosts = registry ? [...HOSTS, new URL(registry).host] : HOSTS;
  const machine = ['main', 'shared'].map((name) => `/${'work'}/${name}`);
  const lockHosts = /"resolved":\s*"https?:/;
  for (const path of trackedFiles()) {
    const text = readFileSync(join(root, path), 'latin1');
    for (const word of [...hosts, ...machine]) assert.ok(!text.includes(word), `${path} names ${word}`);
    if (path === 'package-lock.json') assert.doesNotMatch(text, lockHosts);
  }
});

test('the program says the version of its package', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  assert.equal(PROGRAM_VERSION, manifest.version);
});

test('each file of the domain has its tests', () => {
  /** Types only, or proven by the tests of what they serve. */
  const served = new Set(['domain/events', 'domain/policy-types', 'domain/policy-tick']);
  const tested = new Set(
    globSync('test/**/*.test.ts', { cwd: root }).map((path) => path.slice('test/'.length, -'.test.ts'.length)),
  );
  const missing = sources
    .map(({ path }) => path.replace(/\.tsx?$/, ''))
    .filter((path) => folderOf(path) === 'domain' && !served.has(path) && !tested.has(path));
  assert.deepEqual(missing, []);
});
