// Writes status.json and status (text) of a tenant into a folder of the host that LXC binds read-only into /dev/tenantctl.

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Notice, Notices } from '../ports/notices.ts';

/** Below the tenant's folder. */
const NOTICE_FOLDER = 'told';

/** @returns the folder to be bound into the tenant; for each start */
export const ensureNotices = (home: string): string => {
  const path = join(home, NOTICE_FOLDER);
  mkdirSync(path, { recursive: true, mode: 0o755 });
  return path;
};

export const removeNotices = (home: string): void =>
  rmSync(join(home, NOTICE_FOLDER), { recursive: true, force: true });

const clockOf = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

/** What `cat /dev/tenantctl/status` says. Pure. */
export const formatNotice = ({ at, holds, acts }: Notice): string => {
  const now = holds.map(({ text, until }) => `- ${text}${until === null ? '' : `, until ${clockOf(until)}`}`);
  const past = acts.map((act) => `- ${clockOf(act.at)}: ${act.text}`);
  return [
    `as of ${clockOf(at)}`,
    now.length === 0 ? 'nothing holds this machine back' : 'what holds this machine back now:',
    ...now,
    ...(past.length === 0 ? [] : ['what was done lately:', ...past]),
    '',
  ].join('\n');
};

/** A reader sees the old or the new text, never half of one. The folder is the host's: nothing in it is the tenant's. */
const replace = (path: string, text: string): void => {
  writeFileSync(`${path}.new`, text, { mode: 0o644 });
  renameSync(`${path}.new`, path);
};

/** @param tenants folder of all tenants' folders */
export const openNotices = (tenants: string): Notices => ({
  tell: (notice) => {
    const folder = join(tenants, notice.name, NOTICE_FOLDER);
    if (!existsSync(folder)) return;
    replace(join(folder, 'status.json'), `${JSON.stringify(notice)}\n`);
    replace(join(folder, 'status'), formatNotice(notice));
  },
});
