// What tenants were told, newest last.

import type { Notice, Notices } from '../../src/ports/notices.ts';

export interface FakeNotices extends Notices {
  readonly told: Notice[];
}

export const createNotices = (): FakeNotices => {
  const told: Notice[] = [];
  return { told, tell: (notice) => told.push(notice) };
};
