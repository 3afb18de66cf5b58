// A named point in the work at which a test may cut the process; nothing happens in a normal run.

export interface Faults {
  /** Called before and after each step: `before:create-disk`, `after:create-disk`. */
  reach(point: string): Promise<void>;
}
