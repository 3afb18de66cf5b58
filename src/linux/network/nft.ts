// Isolation by one nftables table per instance, replaced as a whole.

import { createHash } from 'node:crypto';
import { problem } from '../../domain/errors.ts';
import type { Instance } from '../../domain/instance.ts';
import { run } from '../exec.ts';
import { buildRemoval, buildRuleset, formatListing } from './ruleset.ts';

/** The rules of one instance, whatever the kernel's means. */
export interface Isolation {
  ensure(): Promise<void>;
  check(): Promise<boolean>;
  remove(): Promise<void>;
}

const TIMEOUT_MS = 10_000;
/** A listing has about 130 bytes per slot; the default instance has 1024. */
const LISTING_BYTES = 4 << 20;

const load = async (text: string): Promise<void> => {
  await run('nft', ['-f', '-'], { input: text, timeoutMs: TIMEOUT_MS });
};

/**
 * Asks the kernel to judge the ruleset without keeping it.
 * @throws Problem COMMAND_MISSING, COMMAND_FAILED with the kernel's reason
 */
export const probeNft = async (instance: Instance): Promise<void> => {
  await run('nft', ['-c', '-f', '-'], { input: buildRuleset(instance), timeoutMs: TIMEOUT_MS });
};

/** Digest of the table as the kernel has it now; undefined when it is gone or empty. */
const readDigest = async (instance: Instance): Promise<string | undefined> => {
  const { status, stdout } = await run('nft', ['-j', 'list', 'table', 'inet', instance.name], {
    timeoutMs: TIMEOUT_MS,
    maxOutput: LISTING_BYTES,
    okStatus: [0, 1], // 1: no such table
  });
  const listing = status === 0 ? formatListing(stdout) : undefined;
  return listing && createHash('sha256').update(listing).digest('hex');
};

/**
 * nft prints a table in its own words, which change between versions. So the comparison is with what the kernel said
 * right after our own atomic replacement, not with our text. A new process knows no such digest: it writes first.
 */
export const openNft = (instance: Instance): Isolation => {
  let written: string | undefined;
  return {
    ensure: async () => {
      await load(buildRuleset(instance));
      written = await readDigest(instance);
      if (!written) {
        const path = `nft table inet ${instance.name}`;
        throw problem('LIMIT_NOT_TAKEN', { path, value: 'the isolation rules', got: 'nothing' });
      }
    },
    check: async () => written !== undefined && (await readDigest(instance)) === written,
    remove: async () => {
      written = undefined;
      await load(buildRemoval(instance));
    },
  };
};
