// What a share that is only watched would set: told when that changes, and nothing is done.

import { type Draft, pushAct } from './policy-acts.ts';
import type { Subject, Tick } from './policy-tick.ts';
import { memoryLowOfShare, weightOfShare } from './shares.ts';
import { formatBytes } from './units.ts';

/** What was told last stands here, as what other rules rest on does. */
const SLOT = 'share.cpu';

/** What an enforced share sets in the kernel. */
export interface SharedOut {
  readonly weight: number;
  /** Bytes. */
  readonly memoryLow: number;
}

/** @param memory bytes that the tenant may use, null = no limit */
export const shareOut = ({ config, weights }: Tick, subject: Subject, memory: number | null): SharedOut => ({
  weight: weightOfShare(subject.share, subject.config.cpuWeight, weights),
  memoryLow: memoryLowOfShare(subject.share, config.house.memory, memory),
});

/** Of mode enforce nothing is told: what a share makes of the weights of others is no act on them. */
export const tellWatchedShare = ({ config, share }: Subject, { weight, memoryLow }: SharedOut, draft: Draft): void => {
  if (config.rules.shareMode !== 'watch') return;
  const basis = `${weight}/${memoryLow}`;
  draft.basis[SLOT] = basis;
  if (draft.before.basis?.[SLOT] === basis) return;
  const percent = Number((share * 100).toFixed(2));
  const memory = formatBytes(memoryLow);
  pushAct(draft, {
    rule: 'share',
    kind: 'notice',
    mode: 'watch',
    resource: 'cpu',
    from: null,
    to: null,
    until: null,
    cause: `its share of ${percent} % of the house would be a CPU weight of ${weight} (now ${config.cpuWeight}) and ${memory} of protected memory (now none)`,
    figures: { percent, weight, weightNow: config.cpuWeight, memoryLow: memory },
  });
};
