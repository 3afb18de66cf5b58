// The store of bases: one folder per template and digest, built beside and renamed, never written again.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, readdir, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { problem } from '../../domain/errors.ts';
import type { BaseRef } from '../../domain/tenant.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Faults } from '../../ports/faults.ts';
import { explainLack } from '../disk-space.ts';
import { run } from '../exec.ts';
import { tryLock } from '../syscalls.ts';
import type { Builder, BuildOptions } from './builder.ts';
import { removeTree } from './remove-tree.ts';

const metaSchema = z.strictObject({
  template: z.string(),
  digest: z.string(),
  recipe: z.string(),
  bytes: z.number(),
  builtAt: z.string(),
});

export type BaseMeta = z.infer<typeof metaSchema>;

/** How often a process looks whether another one has finished the same build. */
const LOCK_POLL_MS = 100;

const FINISHED = /^([a-z]+)@([0-9a-f]{12,64})$/;

const baseFolder = (bases: string, base: BaseRef): string => {
  const name = `${base.template}@${base.digest}`;
  if (!FINISHED.test(name)) throw problem('INTERNAL', { what: `"${name}" is no base` });
  return `${bases}/${name}`;
};

/** The root inside a base's folder. */
export const baseRoot = (bases: string, base: BaseRef): string => `${baseFolder(bases, base)}/root`;

const readMeta = (folder: string): BaseMeta | undefined => {
  try {
    return metaSchema.parse(JSON.parse(readFileSync(`${folder}/meta.json`, 'utf8')));
  } catch {
    return undefined;
  }
};

/** All finished bases, oldest first. */
export const listBases = async (bases: string): Promise<readonly BaseMeta[]> => {
  const names = (await readdir(bases)).filter((name) => FINISHED.test(name));
  const metas = names.map((name) => readMeta(`${bases}/${name}`));
  return metas.filter((meta) => meta !== undefined).sort((a, b) => a.builtAt.localeCompare(b.builtAt));
};

export const isBuilt = (bases: string, base: BaseRef): boolean => readMeta(baseFolder(bases, base)) !== undefined;

export interface BaseStore {
  readonly bases: string;
  readonly clock: Clock;
  readonly faults: Faults;
}

const findByRecipe = async (bases: string, template: string, recipe: string): Promise<BaseMeta | undefined> =>
  (await listBases(bases)).findLast((meta) => meta.template === template && meta.recipe === recipe);

/** Runs work while this process holds the template's lock; the lock dies with the process. */
const withLock = async <T>(path: string, options: BuildOptions, work: () => Promise<T>): Promise<T> => {
  const handle = await open(path, 'a', 0o600);
  try {
    for (let told = false; !tryLock(handle.fd); told = true) {
      if (!told) options.progress('waiting for another build of the same template');
      await options.clock.sleep(LOCK_POLL_MS, options.signal);
    }
    return await work();
  } finally {
    await handle.close();
  }
};

/** Whoever holds the lock is the only builder of the template, so what lies about belongs to the dead. */
const sweepStaging = async (bases: string, template: string, clock: Clock): Promise<void> => {
  for (const name of await readdir(bases)) {
    if (name.startsWith(`.building-${template}-`)) await removeTree(`${bases}/${name}`, clock);
  }
};

const readTreeBytes = async (folder: string): Promise<number> => {
  const { stdout } = await run('du', ['-s', '-x', '--block-size=1', '--', folder], { timeoutMs: 300_000 });
  return Number.parseInt(stdout, 10);
};

const build = async (builder: Builder, recipe: string, store: BaseStore, options: BuildOptions): Promise<BaseMeta> => {
  const { bases, faults, clock } = store;
  const staging = `${bases}/.building-${builder.template}-${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(`${staging}/root`, { recursive: true, mode: 0o755 });
    await mkdir(`${staging}/work`, { mode: 0o700 });
    await faults.reach('build:begun');
    const digest = await builder.build(`${staging}/root`, `${staging}/work`, options);
    options.signal.throwIfAborted();
    await removeTree(`${staging}/work`, clock);
    const meta: BaseMeta = {
      template: builder.template,
      digest,
      recipe,
      bytes: await readTreeBytes(`${staging}/root`),
      builtAt: new Date(clock.now()).toISOString(),
    };
    await writeFile(`${staging}/meta.json`, `${JSON.stringify(meta)}\n`, { mode: 0o600 });
    await run('sync', ['--file-system', '--', staging], { timeoutMs: 600_000 });
    await faults.reach('build:filled');
    await publish(staging, baseFolder(bases, meta), clock);
    return meta;
  } catch (error) {
    await removeTree(staging, clock);
    throw await explainLack(error, bases, `build the template ${builder.template}`);
  }
};

/** The same content may be there from another recipe: then the older one stays, for tenants stand on it. */
const publish = async (staging: string, folder: string, clock: Clock): Promise<void> => {
  if (readMeta(folder)) return removeTree(staging, clock);
  await removeTree(folder, clock);
  await rename(staging, folder);
};

/** Finds or builds the base of a recipe; other processes wait for the same build. */
export const ensureBuilt = async (builder: Builder, store: BaseStore, options: BuildOptions): Promise<BaseRef> => {
  const recipe = await builder.recipe(options);
  const known = await findByRecipe(store.bases, builder.template, recipe);
  if (known) return { template: known.template, digest: known.digest };
  return withLock(`${store.bases}/.lock-${builder.template}`, options, async () => {
    const made = await findByRecipe(store.bases, builder.template, recipe);
    if (made) return { template: made.template, digest: made.digest };
    await sweepStaging(store.bases, builder.template, store.clock);
    const { template, digest } = await build(builder, recipe, store, options);
    return { template, digest };
  });
};

/** Removes a base: first out of sight, then its files. */
export const removeBuilt = async (base: BaseRef, store: BaseStore): Promise<void> => {
  const folder = baseFolder(store.bases, base);
  const doomed = `${store.bases}/.building-${base.template}-removed-${base.digest}`;
  try {
    await rename(folder, doomed);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await removeTree(doomed, store.clock);
};
