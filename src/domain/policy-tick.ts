// What a decision sees of the house and of one tenant in one tick.

import type { Victims } from './guard.ts';
import type { PolicyConstants } from './policy-constants.ts';
import type { PolicyState, TenantConfig, TenantFrame } from './policy-types.ts';
import type { HouseView, Hurt } from './score.ts';
import type { ShareSums, WeightBase } from './shares.ts';
import type { WindowsInForce } from './windows.ts';

/** What is the same for all tenants in one tick. */
export interface Tick extends HouseView {
  readonly constants: PolicyConstants;
  readonly sums: ShareSums;
  readonly weights: WeightBase;
  readonly hurt: Hurt;
  readonly hostShort: boolean;
  readonly victims: Victims;
}

/** One tenant in one tick. */
export interface Subject {
  readonly name: string;
  readonly config: TenantConfig;
  readonly frame: TenantFrame;
  readonly share: number;
  readonly windows: WindowsInForce;
  /** As remembered, its times following the clock. */
  readonly before: PolicyState;
}
