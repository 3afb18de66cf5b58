// Adds to package-lock.json the optional packages of other platforms that npm leaves out when a registry lacks them;
// `npm ci` refuses a lock without them, even where they are never installed. Run it after `npm install NAME`.

import { readFileSync, writeFileSync } from 'node:fs';

interface Entry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** `@biomejs/cli-linux-x64-musl` -> linux, x64, musl: without them npm would try to install it here. */
const readPlatform = (name: string): Pick<Entry, 'os' | 'cpu' | 'libc'> => {
  const [, os, cpu, libc] = /-(android|darwin|linux|win32)-(arm64|x64)(?:-(musl))?$/.exec(name) ?? [];
  if (os === undefined || cpu === undefined) throw new Error(`${name}: its platform cannot be told from its name`);
  return { os: [os], cpu: [cpu], ...(libc && { libc: [libc] }) };
};

/** Names of optional packages that some entry wants and the lock does not have, with the entry to add. */
export const findMissing = (packages: Readonly<Record<string, Entry>>): Readonly<Record<string, Entry>> => {
  const missing: Record<string, Entry> = {};
  for (const { optionalDependencies, dev } of Object.values(packages))
    for (const [name, version] of Object.entries(optionalDependencies ?? {}))
      if (!packages[`node_modules/${name}`])
        missing[`node_modules/${name}`] = { version, ...(dev && { dev }), optional: true, ...readPlatform(name) };
  return missing;
};

if (import.meta.main) {
  const path = `${import.meta.dirname}/../package-lock.json`;
  const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, Entry> };
  const missing = findMissing(lock.packages);
  const [root, ...rest] = Object.entries({ ...lock.packages, ...missing });
  rest.sort(([a], [b]) => (a < b ? -1 : 1));
  const packages = Object.fromEntries([...(root ? [root] : []), ...rest]);
  writeFileSync(path, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
  console.log(`${Object.keys(missing).length} packages of other platforms added`);
}
