import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { State } from '../../../src/tui/state/types.ts';
import { textWidth } from '../../../src/tui/view-model/lines.ts';
import { placeColumns } from '../../../src/tui/view-model/list.ts';
import { spokenLines } from '../../../src/tui/view-model/spoken.ts';
import { after, begin, NOW, press, screenOf, tenantCalled, typed } from '../support.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/frames');

/** The file is the truth; `UPDATE_FRAMES=1` writes what the code makes, to be read before it is committed. */
const same = (name: string, lines: readonly string[]): void => {
  const path = join(FOLDER, `${name}.txt`);
  const text = `${lines.join('\n')}\n`;
  if (process.env['UPDATE_FRAMES'] === '1') writeFileSync(path, text);
  assert.ok(existsSync(path), `${path} is there`);
  assert.equal(text, readFileSync(path, 'utf8'), `${name} differs; UPDATE_FRAMES=1 writes it anew`);
};

const NO_FAULTS = { throttledPeriods: 0, oomKills: 0, memoryMaxHits: 0, forksRefused: 0, deaths: 0 };
const shows = (state: State): string => screenOf(state).join('\n');

describe('the list', () => {
  for (const columns of [60, 80, 120, 200]) {
    it(`at ${columns} columns is as in the golden frame, and no line is wider`, () => {
      const lines = screenOf(begin({ columns, rows: 16 }));
      same(`list-${columns}`, lines);
      assert.equal(lines.length, 16);
      for (const row of lines) assert.ok(textWidth(row) <= columns, row);
    });
  }

  it('in ASCII has nothing else', () => {
    const lines = screenOf(begin({ columns: 120, rows: 16, ascii: true }));
    same('list-ascii', lines);
    assert.match(lines.join(''), /^[\x20-\x7e]*$/);
  });

  it('shows the most important columns first, and more of them the wider it is', () => {
    const idsAt = (width: number): string[] => placeColumns(width, 8).map(({ column }) => column.id);
    assert.deepEqual(idsAt(60), ['name', 'state', 'cpu', 'throttled', 'memory', 'badge']);
    for (const id of ['cpu-bar', 'trend']) assert.ok(idsAt(80).includes(id), id);
    for (const id of ['cores', 'disk', 'faults']) assert.ok(idsAt(120).includes(id), id);
    assert.equal(idsAt(200).length, 19);
  });

  it('gives a column that is empty in every row no place', () => {
    const plain = begin({ columns: 200, tenants: [tenantCalled('x', { faults: NO_FAULTS })] });
    assert.doesNotMatch(shows(plain), /FAULTS|FULL|LEFT/);
    const hurt = begin({ columns: 200, tenants: [tenantCalled('x', { faults: { ...NO_FAULTS, deaths: 1 } })] });
    assert.match(shows(hurt), /FAULTS/);
  });

  it('shows every figure of the host at every width', () => {
    for (const columns of [60, 80, 120])
      assert.match(shows(begin({ columns })), /tenants 100M.* rest 1\.9G +wait (c\/m\/i )?10\/0\/0/);
  });

  it('of the detail fits 60 columns: each pane has its number, each limit its origin', () => {
    const lines = screenOf(press(begin({ columns: 60, rows: 24 }), 'enter', '2').state);
    assert.ok(lines.includes('1 2 graphs 3 4 5 6 7 range 1m'), lines.join('\n'));
    const overview = shows(press(begin({ columns: 60, rows: 24 }), 'enter').state);
    assert.match(overview, /^memory +512M +100M +default$/m);
  });

  it('fits at any width', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 300 }), fc.integer({ min: 1, max: 30 }), (width, longest) => {
        const placed = placeColumns(width, longest);
        const total = placed.reduce((sum, column) => sum + column.width, 2 + placed.length - 1);
        assert.ok(total <= width);
        assert.ok(placed.length > 0);
      }),
    );
  });
});

describe('other screens', () => {
  it('the form is as in the golden frame', () => {
    same('form', screenOf(typed(press(begin({ rows: 24 }), 'c').state, 'dave')));
  });

  it('a form on a low screen shows the field with the cursor, the button and the cost', () => {
    const end = press(
      typed(press(begin({ rows: 12 }), 'c').state, 'dave'),
      ...Array.from({ length: 14 }, () => 'down'),
    );
    const text = shows(end.state);
    assert.match(text, /▶ start +yes/);
    assert.match(text, /^ {3}do it$/m);
    assert.match(text, /disk: 5G, promised in all 20G/);
  });

  it('the help is as in the golden frame', () => {
    same('help', screenOf(press(begin({ rows: 110, columns: 100 }), '?').state));
  });

  it('the detail is as in the golden frame', () => {
    same('detail', screenOf(press(begin({ rows: 40, columns: 100 }), 'enter').state));
  });

  it('are as high as the terminal, whatever is open', () => {
    for (const keys of [
      ['?'],
      ['c'],
      ['x'],
      ['s'],
      ['enter'],
      ['enter', '2'],
      ['enter', '5'],
      ['l'],
      ['h'],
      ['x', 'D'],
    ])
      for (const rows of [8, 12, 24, 60])
        for (const columns of [40, 80, 170]) {
          const lines = screenOf(press(begin({ rows, columns }), ...keys).state);
          assert.equal(lines.length, rows, `${keys} at ${rows}`);
          for (const row of lines) assert.ok(textWidth(row) <= columns, row);
        }
  });

  it('a daemon that does not know a pane is told so', () => {
    const asked = press(begin(), 'enter', '4').state;
    assert.match(shows(asked), /asking the daemon/);
    const refused = after(asked, { type: 'refused', key: 'incidents:alice', problem: 'GET /v1/…: unknown', now: NOW });
    assert.match(shows(refused), /not there: GET \/v1\/…: unknown/);
  });
});

describe('bytes of a tenant', () => {
  const EVIL = '\x1b[2J\x1b]0;title\x07\x1b[31mred\u202e\r\n';

  const panes = (): State => {
    const evil = tenantCalled('alice', { reason: EVIL, template: EVIL });
    const state = press(begin({ tenants: [evil], rows: 50 }), 'enter').state;
    const process = {
      pid: 1,
      name: EVIL,
      state: EVIL,
      threads: 1,
      cpuUsec: 1,
      memory: 1,
      startedAt: new Date(NOW).toISOString(),
    };
    const incident = {
      id: 1,
      tenant: 'alice',
      kind: 'oom-kill',
      openedAt: '2026-11-24T11:00:00.000Z',
      closedAt: null,
      count: 1,
      summary: EVIL,
      action: EVIL,
      outcome: EVIL,
      evidence: { processes: [process], pressure: null, neighbours: [], figures: { evil: EVIL } },
    };
    return after(
      state,
      { type: 'loaded', key: 'log:alice', value: { text: EVIL }, now: NOW },
      {
        type: 'loaded',
        key: 'processes:alice',
        value: { name: 'alice', at: '2026-11-24T12:00:00.000Z', processes: [process] },
        now: NOW,
      },
      { type: 'loaded', key: 'incidents:alice', value: { incidents: [incident] }, now: NOW },
      {
        type: 'loaded',
        key: 'rules:alice',
        value: { rules: [{ key: 'share', value: EVIL, origin: 'tenant' }] },
        now: NOW,
      },
      { type: 'loaded', key: 'why:alice', value: { sentence: EVIL, figures: [{ name: EVIL, value: EVIL }] }, now: NOW },
      {
        type: 'loaded',
        key: 'acts',
        value: {
          acts: [
            { at: '2026-11-24T11:59:00.000Z', tenant: 'alice', rule: 'r', kind: 'k', mode: 'enforce', cause: EVIL },
          ],
        },
        now: NOW,
      },
      {
        type: 'event',
        event: {
          seq: 1,
          at: '2026-11-24T11:59:00.000Z',
          type: 'x',
          tenant: 'alice',
          text: EVIL,
          data: {},
          by: 'daemon',
        },
      },
      { type: 'said', text: EVIL, tone: 'bad' },
    );
  };

  it('cannot move the cursor or colour the screen, in any pane', () => {
    for (const pane of ['1', '2', '3', '4', '5', '6', '7']) {
      const text = shows(press(panes(), pane).state).replaceAll('\n', '');
      assert.doesNotMatch(text, /[\p{Cc}\u202e]/u, pane);
    }
    assert.doesNotMatch(shows({ ...panes(), detail: undefined }).replaceAll('\n', ''), /[\p{Cc}\u202e]/u);
    for (const keys of [['left'], ['left', '2'], ['q', 'left']]) {
      const text = shows(press(panes(), ...keys).state).replaceAll('\n', '');
      assert.doesNotMatch(text, /[\p{Cc}\u202e]/u, `in the past: ${keys}`);
    }
    assert.doesNotMatch(spokenLines({ ...panes(), detail: undefined }).join(''), /[\p{Cc}\u202e]/u);
  });

  it('are shown all the same, spelled out', () => {
    assert.match(shows(press(panes(), '6').state), /red\\u202e/);
  });
});

describe('for a screen reader', () => {
  it('a row is a sentence, without bars and signs', () => {
    const lines = spokenLines(begin({ spoken: true }));
    assert.ok(
      lines.includes(
        'selected: alice, running, cpu 99%!, 0.99/1 cores, throttled 40%, memory 20%, 100M/512M, THROTTLED, o1 f3',
      ),
      lines.join('\n'),
    );
    assert.doesNotMatch(lines.slice(3).join('\n'), /[█·▶●]/);
  });
});
