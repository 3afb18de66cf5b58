import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatNotice, openNotices } from '../../src/linux/notices.ts';
import type { Notice } from '../../src/ports/notices.ts';

const NOTICE: Notice = {
  at: '2026-03-01T12:00:30.000Z',
  name: 'alice',
  limits: { cpu: 500, memory: null },
  holds: [
    { rule: 'score', resource: 'cpu', cap: 500, until: '2026-03-01T12:30:00.000Z', text: 'a penalty holds CPU at 0.5' },
  ],
  acts: [{ at: '2026-03-01T12:00:00.000Z', rule: 'score', text: 'a penalty began' }],
};

test('a tenant is told what holds it, until when, and what was done', () => {
  assert.equal(
    formatNotice(NOTICE),
    [
      'as of 2026-03-01 12:00 UTC',
      'what holds this machine back now:',
      '- a penalty holds CPU at 0.5, until 2026-03-01 12:30 UTC',
      'what was done lately:',
      '- 2026-03-01 12:00 UTC: a penalty began',
      '',
    ].join('\n'),
  );
  assert.match(formatNotice({ ...NOTICE, holds: [], acts: [] }), /\nnothing holds this machine back\n$/);
});

test('both files are replaced whole, and a tenant without a folder is left alone', () => {
  const tenants = mkdtempSync(join(tmpdir(), 'notices-'));
  try {
    const { tell } = openNotices(tenants);
    tell(NOTICE);
    assert.deepEqual(readdirSync(tenants), []);
    mkdirSync(join(tenants, 'alice/told'), { recursive: true });
    tell(NOTICE);
    assert.deepEqual(JSON.parse(readFileSync(join(tenants, 'alice/told/status.json'), 'utf8')), NOTICE);
    assert.deepEqual(readdirSync(join(tenants, 'alice/told')).sort(), ['status', 'status.json']);
  } finally {
    rmSync(tenants, { recursive: true });
  }
});
