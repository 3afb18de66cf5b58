// What a template must know to become a base; types only.

import type { BaseRef } from '../../domain/tenant.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Progress } from '../../ports/rootfs.ts';

export interface BuildOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export interface Builder {
  readonly template: BaseRef['template'];
  /** Names what would be built, without building it: a base with this recipe is the answer. */
  recipe(options: BuildOptions): Promise<string>;
  /**
   * Fills an empty folder with a root, owned by ids 0-65535.
   * @param work a folder beside it for anything else; removed afterwards
   * @returns hex digest of the content
   */
  build(root: string, work: string, options: BuildOptions): Promise<string>;
}
