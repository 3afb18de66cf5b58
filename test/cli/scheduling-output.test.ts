// What the rules make of a tenant, as `show`, `ls` and `top` have it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TenantView } from '../../src/api/contract.ts';
import type { SchedulingView } from '../../src/api/scheduler-contract.ts';
import { renderList } from '../../src/cli/output/list.ts';
import { markCell } from '../../src/cli/output/mark.ts';
import { schedulingLines } from '../../src/cli/output/scheduling.ts';
import { renderTenant } from '../../src/cli/output/show.ts';
import { plainPaint } from '../../src/cli/output/style.ts';
import type { Clock } from '../../src/cli/output/times.ts';
import { renderTop } from '../../src/cli/output/top.ts';
import { aScheduling, aTenant, aTop, NOW } from '../support/fake-daemon.ts';

const BERLIN: Clock = { now: NOW, zone: 'Europe/Berlin' };
const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

const held = (change: Partial<SchedulingView>, name = 'alice'): TenantView =>
  aTenant({ name, scheduling: aScheduling(change) });

const lines = (change: Partial<SchedulingView>): string[] =>
  schedulingLines(held(change), BERLIN).map(([label, text]) => `${label}: ${text}`);

const BUDGET_HOLD = {
  rule: 'budget',
  resource: 'cpu',
  cap: 400,
  until: '2026-11-29T23:00:00.000Z',
  text: '0.4 cores: 92 % of its budget of the week is spent',
};

describe('the rules in show', () => {
  it('tell share, plan, what is in force and what holds it', () => {
    assert.deepEqual(lines({ plan: 'third', holds: [BUDGET_HOLD, ...aScheduling().holds] }), [
      'share: 33% of the house, 1.266 cores; plan third',
      'in force: cpu 1, weight 3333, memory 512M',
      'held to: cpu by budget, 0.4 cores: 92 % of its budget of the week is spent, until 2026-11-30 00:00',
      ': cpu by its limit, 1 cores: its own limit',
      'score: cpu 0, memory 0, io 0 of 100',
    ]);
  });

  it('tell the balance of a bank and when it is empty', () => {
    const credits = { balance: 312.44, most: 720, baseline: 500, burst: 2000, emptyAt: '2026-11-25T02:10:00.000Z' };
    assert.ok(
      lines({ credits }).includes('credits: 312.4 of 720, earns 30 an hour, up to 2 cores; empty at 03:10'),
      lines({ credits }).join('\n'),
    );
    assert.match(lines({ credits: { ...credits, emptyAt: null } }).join('\n'), /up to 2 cores; does not fall/);
  });

  it('tell what is spent of a budget and when it runs out', () => {
    const same = { until: '2026-11-29T23:00:00.000Z', tooEarly: false } as const;
    const week = { ...same, resource: 'cpu', amount: 144_000_000_000, period: 'week', runsOutAt: null } as const;
    const budgets: SchedulingView['budgets'] = [
      { ...week, spent: 59_040_000_000 },
      { ...week, spent: 59_040_000_000, tooEarly: true },
      {
        ...same,
        resource: 'memory',
        spent: 20.5 * GiB * 3600,
        amount: 200e9 * 3600,
        period: 'month',
        runsOutAt: '2026-11-28T09:00:00.000Z',
      },
      { ...same, resource: 'egress', spent: 500 * GiB, amount: 500 * GiB, period: 'month', runsOutAt: same.until },
    ];
    assert.deepEqual(
      lines({ budgets }).filter((line) => line.startsWith('budget')),
      [
        'budget: 41% of 40h/week spent (16.4h), until 2026-11-30 00:00; at this rate it lasts',
        'budget: 41% of 40h/week spent (16.4h), until 2026-11-30 00:00; too early to say whether it lasts',
        'budget: 11% of 200GBh/month spent (20.5GiB hours), until 2026-11-30 00:00; at this rate you run out on the 28th',
        'budget: 100% of 500G/month spent (500G), until 2026-11-30 00:00; it is spent',
      ],
    );
  });

  it('tell score and penalty, and how to end it', () => {
    const penalty = { resource: 'cpu', tier: 2, kind: 'cap', until: '2026-11-24T13:05:00.000Z' } as const;
    assert.deepEqual(lines({ score: { cpu: 99.6, memory: 0, io: 3.2 }, occurrences: 2, penalty, holds: [] }).slice(2), [
      'score: cpu 100, memory 0, io 3 of 100; 2 penalties not forgotten yet',
      'penalty: step 2 for cpu: a lower cap until 14:05; to end it: tenantctl pardon alice',
    ]);
  });

  it('are a section of their own, and none from a daemon that does not tell', () => {
    const render = (tenant: TenantView): string => renderTenant(tenant, { ...BERLIN, paint: plainPaint });
    assert.match(render(held({})), /^rules\n {2}share {7}33% of the house/m);
    assert.doesNotMatch(render(aTenant()), /^rules$/m);
  });
});

describe('the mark in ls and top', () => {
  const mark = (change: Partial<SchedulingView>): string => markCell(held(change)).text;

  it('is the penalty, else the rule that caps, else a score', () => {
    const penalty = { resource: 'cpu', tier: 1, kind: 'cap', until: '2026-11-24T13:05:00.000Z' } as const;
    const score = { cpu: 41.2, memory: 7, io: 0 };
    assert.equal(mark({ penalty, holds: [BUDGET_HOLD], score }), 'penalty 1');
    assert.equal(mark({ holds: [BUDGET_HOLD], score }), 'budget');
    assert.equal(mark({ score }), 'score 41');
    assert.equal(mark({}), '');
    assert.equal(markCell(aTenant()).text, '');
  });

  it('names credits only while they hold back', () => {
    const credits = { balance: 1, most: 720, baseline: 500, burst: 2000, emptyAt: null };
    const hold = (cap: number) => [{ rule: 'credits', resource: 'cpu', cap, until: null, text: '' }];
    assert.equal(mark({ credits, holds: hold(2000) }), '');
    assert.equal(mark({ credits, holds: hold(1999) }), 'credits');
  });

  it('is a column only while somebody is held, and 80 columns hold it', () => {
    const look = { now: NOW, width: 80, paint: plainPaint };
    const all = [
      held({ holds: [BUDGET_HOLD] }),
      held({ score: { cpu: 100, memory: 0, io: 0 } }, 'a-name-of-thirty-characters-ok'),
    ];
    assert.doesNotMatch(renderList([held({})], look), /HELD BY/);
    assert.doesNotMatch(renderTop(aTop([held({})]), look), /HELD BY/);
    for (const text of [renderList(all, look), renderTop(aTop(all), look)]) {
      assert.match(text, /HELD BY/);
      assert.match(text, /budget/);
      assert.match(text, /score 100/);
      for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
    }
  });

  it('has its shares of what a rule puts in the place of the own limit, and tells throttling of a tenant without one', () => {
    const look = { now: NOW, width: 200, paint: plainPaint };
    const { usage, limits } = aTenant();
    assert.ok(usage);
    const busy = { ...usage, cpu: 50, memory: 100 * MiB, throttledShare: 0.95 };
    const shares = (cpu: number | null, change: Partial<SchedulingView>): string | undefined => {
      const tenant = { ...held(change), usage: busy, limits: { ...limits, cpu, memory: 400 * MiB } };
      return /^alice .* (\S+%) +(\S+) +100M\/400M +(\S+%) /m
        .exec(renderTop(aTop([tenant]), look))
        ?.slice(1)
        .join(' ');
    };
    const { house } = aTop([]).host;
    const ofHouse = `${Math.round((50 / house.cpu) * 100)}%`;
    const effective = { cpu: 50, cpuWeight: 100, memory: 100 * MiB };
    const ofMemory = { ...BUDGET_HOLD, resource: 'memory', cap: 100 * MiB };
    assert.equal(shares(null, { effective, holds: [] }), `${ofHouse} – 25%`);
    assert.equal(shares(null, { effective, holds: [BUDGET_HOLD] }), '100% 95% 25%');
    assert.equal(shares(100, { effective, holds: [BUDGET_HOLD, ofMemory] }), '100% 95% 100%');
    assert.equal(shares(100, { effective: { ...effective, cpu: null }, holds: [BUDGET_HOLD] }), `${ofHouse} – 25%`);
  });

  it('says below the table why a tenant is not as it was asked for', () => {
    const reason = 'its memory limit is not reached: 145M instead of 90M is in force';
    const look = { now: NOW, width: 80, paint: plainPaint };
    assert.match(renderList([{ ...aTenant(), reason }], look), /^\S+: its memory limit is not reached: 145M/m);
  });
});
