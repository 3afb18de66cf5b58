// What a tenant is told about itself: files of the host that it sees read-only in /dev/tenantctl.

export interface Notice {
  /** ISO 8601. */
  readonly at: string;
  readonly name: string;
  readonly limits: { readonly cpu: number | null; readonly memory: number | null };
  /** What holds it back now, strictest first. */
  readonly holds: readonly {
    readonly rule: string;
    readonly resource: string;
    readonly cap: number | null;
    readonly until: string | null;
    readonly text: string;
  }[];
  /** The last acts of the scheduler on it, newest first. */
  readonly acts: readonly { readonly at: string; readonly rule: string; readonly text: string }[];
}

export interface Notices {
  /** Replaces what the tenant is told; a tenant whose folder is gone is none to tell. */
  tell(notice: Notice): void;
}
