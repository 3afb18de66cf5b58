// The counters of devices that come and go, added up to totals that never go back.

/**
 * A device that is gone leaves what it counted in the totals; one that comes back with less, or was reset, counts from
 * zero. So a disk that is unplugged takes nothing back, and adds nothing by its return.
 */
export class DeviceSum {
  #totals: readonly number[] | null = null;
  readonly #last = new Map<string, readonly number[]>();

  /** @param now counters of one device, as many for each */
  add(name: string, now: readonly number[]): void {
    const last = this.#last.get(name) ?? [];
    const isAnew = now.some((value, i) => value < (last[i] ?? 0));
    const before = this.#totals;
    this.#totals = now.map((value, i) => (before?.[i] ?? 0) + value - (isAnew ? 0 : (last[i] ?? 0)));
    this.#last.set(name, now);
  }

  /** Since the devices began to count; null while none was seen. */
  get totals(): readonly number[] | null {
    return this.#totals;
  }
}
