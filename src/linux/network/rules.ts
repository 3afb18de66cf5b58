// Isolation by policy routing, for kernels without the inet family of nftables (user-mode-linux has only bridge).

import { problem } from '../../domain/errors.ts';
import type { Instance } from '../../domain/instance.ts';
import { POOL4, POOL6 } from '../../domain/slots.ts';
import { run } from '../exec.ts';
import type { Isolation } from './nft.ts';

interface Rule {
  readonly family: '-4' | '-6';
  readonly pref: number;
  /** As `ip rule` takes and shows it, after the preference. */
  readonly text: string;
}

/** Preferences of rules, above the kernel's 0 (local) and below 32766 (main); two for each instance. */
const FIRST_PREF = 9600;

/**
 * Two rules per family. A packet can only reach a tenant by its address in the pool, which nobody can forge without
 * losing the way; so the destination is judged, not the source. What the host itself sends has iif lo (ip-rule(8)).
 */
export const buildRules = ({ slots }: Instance): readonly Rule[] => {
  const pref = FIRST_PREF + slots.first * 2;
  return (['-4', '-6'] as const).flatMap((family) => {
    const pool = family === '-4' ? POOL4 : POOL6;
    return [
      { family, pref, text: `from all to ${pool} iif lo lookup main` },
      { family, pref: pref + 1, text: `from all to ${pool} prohibit` },
    ];
  });
};

const ip = (family: string, args: readonly string[]): Promise<string> =>
  run('ip', [family, 'rule', ...args], { timeoutMs: 10_000 }).then(({ stdout }) => stdout);

/** Lines of `ip rule show`: "9600:\tfrom all to 10.96.0.0/12 iif lo lookup main". */
const isListed = (listing: string, { pref, text }: Rule): boolean =>
  listing.split('\n').some((line) => line.replace(/\s+/g, ' ').trim() === `${pref}: ${text}`);

const findMissing = async (instance: Instance): Promise<Rule[]> => {
  const listing = { '-4': await ip('-4', ['show']), '-6': await ip('-6', ['show']) };
  return buildRules(instance).filter((rule) => !isListed(listing[rule.family], rule));
};

const words = ({ pref, text }: Rule): string[] => [...text.split(' '), 'pref', String(pref)];

export const openRules = (instance: Instance): Isolation => ({
  ensure: async () => {
    for (const rule of await findMissing(instance)) await ip(rule.family, ['add', ...words(rule)]);
    const missing = await findMissing(instance);
    if (missing.length === 0) return;
    throw problem('LIMIT_NOT_TAKEN', { path: 'ip rule', value: missing.map(({ text }) => text).join('; '), got: '' });
  },
  check: async () => (await findMissing(instance)).length === 0,
  remove: async () => {
    const missing = new Set((await findMissing(instance)).map(({ pref, family }) => `${family}${pref}`));
    for (const rule of buildRules(instance))
      if (!missing.has(`${rule.family}${rule.pref}`)) await ip(rule.family, ['del', ...words(rule)]);
  },
});
