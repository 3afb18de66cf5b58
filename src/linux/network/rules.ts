// Isolation by policy routing, for kernels without the inet family of nftables (user-mode-linux has only bridge).

import { problem } from '../../domain/errors.ts';
import type { Instance } from '../../domain/instance.ts';
import { POOL4, POOL6 } from '../../domain/slots.ts';
import { run } from '../exec.ts';
import { readKernelFileIfAny } from '../files.ts';
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

/** A host booted without IPv6 has no rules of that family, and no way for a packet. */
const hasIpv6 = (proc: string): boolean => readKernelFileIfAny(`${proc}/net/if_inet6`) !== undefined;

const findMissing = async (instance: Instance, proc: string): Promise<Rule[]> => {
  const listing = { '-4': await ip('-4', ['show']), '-6': hasIpv6(proc) ? await ip('-6', ['show']) : undefined };
  return buildRules(instance).filter((rule) => {
    const lines = listing[rule.family];
    return lines !== undefined && !isListed(lines, rule);
  });
};

const words = ({ pref, text }: Rule): string[] => [...text.split(' '), 'pref', String(pref)];

export const openRules = (instance: Instance, proc: string): Isolation => ({
  ensure: async () => {
    for (const rule of await findMissing(instance, proc)) await ip(rule.family, ['add', ...words(rule)]);
    const missing = await findMissing(instance, proc);
    if (missing.length === 0) return;
    throw problem('LIMIT_NOT_TAKEN', { path: 'ip rule', value: missing.map(({ text }) => text).join('; '), got: '' });
  },
  check: async () => (await findMissing(instance, proc)).length === 0,
  remove: async () => {
    const families = hasIpv6(proc) ? ['-4', '-6'] : ['-4'];
    const missing = new Set((await findMissing(instance, proc)).map(({ pref, family }) => `${family}${pref}`));
    for (const rule of buildRules(instance))
      if (families.includes(rule.family) && !missing.has(`${rule.family}${rule.pref}`))
        await ip(rule.family, ['del', ...words(rule)]);
  },
});
