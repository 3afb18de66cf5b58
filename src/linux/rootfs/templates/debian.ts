// The debian template: debootstrap from the host's own mirror, then treated so that it boots cleanly as a tenant.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { run } from '../../exec.ts';
import type { Builder, BuildOptions } from '../builder.ts';
import { type AptSource, parseDeb822, parseListFile, pickRelease } from './apt-sources.ts';
import { DEBIAN_PACKAGES, DEBIAN_VERSION, digestTree, MASKED_UNITS, treatTree } from './debian-tree.ts';

const DEFAULT_SUITE = 'bookworm';
/** 45 s on a good line, measured; a bad line gets its time. */
const BUILD_MS = 3_600_000;

/** All sources of the host's apt; none on a host without apt. */
const readAptSources = async (apt = '/etc/apt'): Promise<readonly AptSource[]> => {
  const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
  const found = [...parseListFile(await read(`${apt}/sources.list`))];
  for (const name of (await readdir(`${apt}/sources.list.d`).catch(() => [])).sort()) {
    const text = await read(`${apt}/sources.list.d/${name}`);
    if (name.endsWith('.list')) found.push(...parseListFile(text));
    if (name.endsWith('.sources')) found.push(...parseDeb822(text));
  }
  return found;
};

/** `Acquire::http::Proxy "http://…";` of apt-config(8). */
export const parseAptProxy = (text: string): string | undefined =>
  /^Acquire::http::Proxy "(https?:\/\/[^"]+)";$/im.exec(text)?.[1];

const readProxy = async (): Promise<Readonly<Record<string, string>>> => {
  const { stdout } = await run('apt-config', ['dump']).catch(() => ({ stdout: '' }));
  const proxy = parseAptProxy(stdout);
  return proxy === undefined ? {} : { http_proxy: proxy };
};

/** What debootstrap does now, told when it changes; its own lines name every package. */
const PHASES: Readonly<Record<string, string>> = {
  Retrieving: 'fetching packages',
  Extracting: 'unpacking the base packages',
  Unpacking: 'unpacking packages',
  Configuring: 'configuring packages',
};

/** Turns debootstrap's lines into a few of ours, with a count every 20 packages. */
export const tellProgress = (progress: (message: string) => void): ((chunk: string) => void) => {
  let rest = '';
  let phase = '';
  let count = 0;
  const take = (line: string): void => {
    const next = PHASES[/^I: (\w+)/.exec(line)?.[1] ?? ''];
    if (next === undefined) return;
    count = next === phase ? count + 1 : 0;
    phase = next;
    if (count % 20 === 0) progress(count === 0 ? phase : `${phase} (${count})`);
  };
  return (chunk) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  };
};

const bootstrap = async (root: string, suite: string, mirror: string | undefined, options: BuildOptions) => {
  const packages = `--include=${DEBIAN_PACKAGES.join(',')}`;
  const place = mirror === undefined ? [suite, root] : [suite, root, mirror];
  await run('debootstrap', ['--variant=minbase', packages, ...place], {
    signal: options.signal,
    timeoutMs: BUILD_MS,
    env: { DEBIAN_FRONTEND: 'noninteractive', ...(await readProxy()) },
    onStdout: tellProgress(options.progress),
  });
};

/** @throws Problem COMMAND_MISSING, COMMAND_FAILED of debootstrap */
export const buildDebian = (suite = DEFAULT_SUITE): Builder => {
  const parts = [DEBIAN_VERSION, suite, DEBIAN_PACKAGES, MASKED_UNITS, process.arch];
  const recipe = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
  return {
    template: 'debian',
    recipe: async () => recipe,
    build: async (root, _work, options) => {
      const sources = pickRelease(await readAptSources(), suite);
      const mirror = sources.find((source) => source.suite === suite)?.uri;
      await bootstrap(root, suite, mirror, options);
      options.progress('treating the tree for tenants');
      await treatTree(root, sources);
      return digestTree(root, recipe);
    },
  };
};
