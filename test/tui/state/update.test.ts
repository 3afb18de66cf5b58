import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventView } from '../../../src/api/contract.ts';
import type { State } from '../../../src/tui/state/types.ts';
import { update } from '../../../src/tui/state/update.ts';
import { buildRows } from '../../../src/tui/view-model/list.ts';
import { aTop } from '../../support/fake-daemon.ts';
import { after, begin, NOW, press, screenOf, THREE, tenantCalled, typed } from '../support.ts';

const namesOf = (state: ReturnType<typeof begin>): string[] => buildRows(state).map(({ tenant }) => tenant.name);
const SECOND = 1000;

describe('the selection', () => {
  it('is the first row at the start', () => {
    assert.equal(begin().selected, 'alice');
  });

  it('sticks to the tenant while the order changes', () => {
    const { state } = press(begin(), 'down', 'S');
    assert.equal(state.selected, 'bob');
    assert.deepEqual(namesOf(state), ['carol', 'bob', 'alice']);
    assert.equal(press(state, 'down').state.selected, 'alice');
  });

  it('stays within the rows', () => {
    assert.equal(press(begin(), 'up', 'pageup').state.selected, 'alice');
    assert.equal(press(begin(), 'end', 'down', 'pagedown').state.selected, 'carol');
    assert.equal(press(begin(), 'G', 'g').state.selected, 'alice');
  });

  it('goes to the next row when the tenant is gone, and its mark and detail go with it', () => {
    const before = press(begin(), 'space', 'up', 'enter').state;
    assert.deepEqual([before.selected, before.marked, before.detail?.name], ['alice', ['alice'], 'alice']);
    const state = after(before, { type: 'top', top: aTop(THREE.slice(1)), now: NOW + SECOND });
    assert.deepEqual([state.selected, state.marked, state.detail], ['bob', [], undefined]);
  });

  it('survives a daemon that is away, and says that it is and that it is back', () => {
    const lost = after(press(begin(), 'down').state, { type: 'lost', why: 'nobody listens', now: NOW + SECOND });
    assert.equal(lost.selected, 'bob');
    assert.match(screenOf(lost)[0] ?? '', /! no daemon for 0s \(nobody listens\)/);
    const still = after(lost, { type: 'lost', why: 'nobody listens', now: NOW + 5 * SECOND });
    assert.match(screenOf(still)[0] ?? '', /no daemon for 4s/);
    const back = after(still, { type: 'top', top: aTop([...THREE]), now: NOW + 6 * SECOND });
    assert.equal(back.selected, 'bob');
    assert.equal(back.message?.text, 'the daemon is back');
  });
});

describe('sorting', () => {
  it('begins with the biggest, turns at the second press, and is kept', () => {
    const first = press(begin(), 's', 'a');
    assert.deepEqual(first.state.prefs.sort, { column: 'name', reverse: false });
    assert.deepEqual(first.effects, [{ kind: 'save', prefs: first.state.prefs }]);
    const second = press(first.state, 's', 'a');
    assert.deepEqual(namesOf(second.state), ['carol', 'bob', 'alice']);
  });

  it('goes to the neighbouring columns by < and >', () => {
    assert.equal(press(begin(), '>').state.prefs.sort.column, 'throttled');
    assert.equal(press(begin(), '<').state.prefs.sort.column, 'state');
  });

  it('puts what is unknown last', () => {
    assert.deepEqual(namesOf(begin()), ['alice', 'bob', 'carol']);
  });
});

describe('the filter', () => {
  it('finds any visible text, also of the state and the badge', () => {
    assert.deepEqual(namesOf(typed(press(begin(), '/').state, 'STOPPED')), ['carol']);
    assert.deepEqual(namesOf(typed(press(begin(), '/').state, 'throttled')), ['alice']);
    assert.deepEqual(namesOf(typed(press(begin(), '/').state, 'by uid:0')), ['carol']);
  });

  it('turns round with !, is dropped by Esc, kept by Enter', () => {
    const inverse = typed(press(begin(), '/').state, '!stopped');
    assert.deepEqual(namesOf(inverse), ['alice', 'bob']);
    assert.equal(press(inverse, 'esc').state.filter, '');
    const kept = press(inverse, 'enter').state;
    assert.equal(kept.filter, '!stopped');
    assert.equal(press(kept, 'esc').state.filter, '');
  });

  it('never leaves the selection on a tenant out of sight: Enter selects the first row, acts find nobody there', () => {
    const chosen = press(typed(press(begin(), '/').state, 'bob'), 'enter').state;
    assert.equal(chosen.selected, 'bob');
    assert.equal(press(chosen, 'enter').state.detail?.name, 'bob');
    const hidden: State = { ...begin(), filter: 'carol' };
    assert.equal(hidden.selected, 'alice');
    for (const key of ['x', 'L', 'e', 'enter', 'l', 'space']) {
      const { state, effects } = press(hidden, key);
      assert.deepEqual([state.dialog, state.detail, state.marked, effects], [undefined, undefined, [], []], key);
    }
  });

  it('takes letters that are commands elsewhere', () => {
    const { state, effects } = press(begin(), '/', 'q', 'x', 'space', 'e');
    assert.equal(state.filter, 'qx e');
    assert.deepEqual(effects, []);
  });
});

describe('acts', () => {
  it('no single key destroys: stop asks for y, delete for the name', () => {
    const stop = press(begin(), 'x', 'o');
    assert.equal(stop.state.dialog?.kind, 'confirm');
    assert.deepEqual(press(stop.state, 'enter').effects, []);
    const stopped = press(stop.state, 'y', 'enter');
    assert.deepEqual(
      stopped.effects.map(
        (effect) => effect.kind === 'work' && effect.jobs.map(({ method, path }) => `${method} ${path}`),
      ),
      [['POST /v1/tenants/alice/stop']],
    );
    const remove = press(begin(), 'x', 'D').state;
    assert.deepEqual(press(typed(remove, 'alic'), 'enter').effects, []);
    assert.equal(press(typed(remove, 'alice'), 'enter').effects.length, 1);
  });

  it('of several marked tenants deletion wants their number', () => {
    const marked = press(begin(), 'space', 'space', 'x', 'D').state;
    assert.deepEqual(marked.dialog?.kind === 'confirm' && marked.dialog.want, 'delete 2');
    const { effects, state } = press(typed(marked, 'delete 2'), 'enter');
    assert.equal(effects[0]?.kind === 'work' && effects[0].jobs.length, 2);
    assert.deepEqual(state.marked, []);
  });

  it('offers only what the state allows', () => {
    const labels = (state: ReturnType<typeof begin>): string[] =>
      state.dialog?.kind === 'menu' ? state.dialog.items.map(({ label }) => label.split(':')[0] ?? '') : [];
    assert.deepEqual(labels(press(begin(), 'x').state), [
      'stop',
      'restart',
      'freeze',
      'delete, into the trash',
      'limits',
    ]);
    assert.deepEqual(labels(press(begin(), 'end', 'x').state), ['start', 'delete, into the trash', 'limits']);
  });

  it('are not there with --read-only', () => {
    for (const key of ['c', 'L', 'x', 'e']) {
      const { state, effects } = press(begin({ readOnly: true }), key);
      assert.deepEqual([state.dialog, effects], [undefined, []], key);
    }
  });

  it('tell their steps, then the result, which goes after a while', () => {
    const asked = press(begin(), 'x', 'f').state;
    assert.match(screenOf(asked).join('\n'), /freeze alice waiting: waits/);
    const step = after(asked, { type: 'work', id: 1, text: 'freeze', index: 1, total: 2 });
    assert.match(screenOf(step).join('\n'), /freeze alice █████····· 1\/2 running: freeze/);
    const done = after(step, { type: 'worked', id: 1, ok: true, text: 'done', now: NOW });
    assert.match(screenOf(done).join('\n'), /● freeze alice done$/m);
    assert.deepEqual(after(done, { type: 'tick', now: NOW + 20 * SECOND }).works, []);
  });

  it('a shell needs root and a tenant that runs', () => {
    assert.deepEqual(press(begin(), 'e').effects, [{ kind: 'shell', name: 'alice' }]);
    const user = press(begin({ isRoot: false }), 'e');
    assert.deepEqual(user.effects, []);
    assert.match(user.state.message?.text ?? '', /sudo tenantctl dash/);
    assert.match(press(begin(), 'end', 'e').state.message?.text ?? '', /carol is stopped/);
  });
});

describe('another size', () => {
  it('draws all anew, the same size nothing', () => {
    const size = { columns: 60, rows: 12 };
    const next = update(begin(), { type: 'resize', size });
    assert.deepEqual([next.state.size, next.effects], [size, [{ kind: 'redraw' }]]);
    assert.deepEqual(update(next.state, { type: 'resize', size }).effects, []);
  });
});

describe('pasted text', () => {
  it('never acts, and only its first line goes into a field', () => {
    assert.equal(after(begin(), { type: 'paste', text: 'q\nx' }).dialog, undefined);
    const form = after(press(begin(), 'c').state, { type: 'paste', text: 'dave\nmore\x1b[2J' });
    assert.equal(form.dialog?.kind === 'form' && form.dialog.form.fields[0]?.value, 'dave');
  });
});

describe('what came', () => {
  it('is held while paused, and runs again', () => {
    const paused = press(begin(), 'p').state;
    const later = after(paused, { type: 'top', top: aTop([tenantCalled('zed')]), now: NOW + SECOND });
    assert.deepEqual(namesOf(later), ['alice', 'bob', 'carol']);
    const run = after(press(later, 'p').state, {
      type: 'top',
      top: aTop([tenantCalled('zed')]),
      now: NOW + 2 * SECOND,
    });
    assert.deepEqual(namesOf(run), ['zed']);
  });

  it('an event is kept once, and not for ever', () => {
    const event = (seq: number): EventView => ({
      seq,
      at: '',
      type: 't',
      tenant: 'alice',
      text: '',
      data: {},
      by: 'daemon',
    });
    let state = begin();
    for (let seq = 1; seq <= 400; seq++)
      state = after(state, { type: 'event', event: event(seq) }, { type: 'event', event: event(seq) });
    assert.equal(state.events.length, 300);
    assert.equal(state.events.at(-1)?.seq, 400);
  });

  it('answers are kept up to a number, the oldest go first', () => {
    let state = begin();
    for (let i = 0; i < 400; i++) state = after(state, { type: 'asked', key: `k${i}`, now: NOW + i });
    assert.equal(Object.keys(state.loaded).length, 300);
    assert.ok(state.loaded['k399']);
    assert.equal(state.loaded['k0'], undefined);
  });
});
