import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DASH_SORTS } from '../../src/cli/commands/dash.ts';
import { SORTABLE } from '../../src/tui/columns.ts';
import { buildHelp, buildHints, findBinding, KEYMAP, type Mode } from '../../src/tui/keymap.ts';
import { type KeyFlags, readKeys, splitChunk, typedText } from '../../src/tui/keys.ts';
import { update } from '../../src/tui/state/update.ts';
import { after, begin, NOW, press } from './support.ts';

const MODES: readonly Mode[] = ['list', 'detail', 'filter', 'help', 'menu', 'confirm', 'form'];
const NO_FLAGS: KeyFlags = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
};

describe('the keymap', () => {
  it('gives each key one meaning in each place', () => {
    for (const mode of MODES) {
      const keys = KEYMAP.filter(({ modes }) => modes.includes(mode)).flatMap((binding) => binding.keys);
      assert.deepEqual(keys, [...new Set(keys)], mode);
    }
  });

  it('has no dead key: each one of the list and the detail changes the state or asks for something', () => {
    const act = { at: new Date(NOW - 600_000).toISOString(), tenant: 'bob' };
    const acted = after(begin(), { type: 'loaded', key: 'acts', value: { acts: [act] }, now: NOW });
    for (const mode of ['list', 'detail'] as const) {
      const state =
        mode === 'list' ? press(acted, 'down', 'space', '/', 'l', 'enter').state : press(acted, 'down', 'enter').state;
      for (const { keys } of KEYMAP.filter(({ modes }) => modes.includes(mode)))
        for (const key of keys) {
          const next = update(state, { type: 'key', key });
          assert.ok(next.state !== state || next.effects.length > 0, `${mode}: ${key}`);
        }
    }
  });

  it('is what the help shows, all of it, and without acts when read-only', () => {
    const shown = buildHelp(false, false).flatMap(({ rows }) => rows.map(({ text }) => text));
    const places = KEYMAP.filter(({ modes }) => modes.some((mode) => mode !== 'help'));
    for (const { help } of places) assert.ok(shown.includes(help), help);
    const readOnly = buildHelp(true, false).flatMap(({ rows }) => rows.map(({ text }) => text));
    for (const { help } of KEYMAP.filter(({ acts }) => acts)) assert.ok(!readOnly.includes(help), help);
  });

  it('is ASCII where only that is shown', () => {
    const text = JSON.stringify([buildHelp(false, true), MODES.map((mode) => buildHints(mode, false, true))]);
    assert.match(text, /^[\x20-\x7e]*$/);
  });

  it('needs more than one key for whatever destroys', () => {
    assert.ok(!KEYMAP.some(({ command }) => /delete|remove|stop|restart/.test(command)));
    assert.equal(findBinding('list', 'delete', false), undefined);
  });

  it('knows the columns that the command line offers for sorting', () => {
    assert.deepEqual(
      DASH_SORTS,
      SORTABLE.map(({ id }) => id),
    );
  });
});

describe('keys', () => {
  it('that arrive in one chunk are taken one by one, control bytes too', () => {
    assert.deepEqual(splitChunk('jj?'), ['j', 'j', '?']);
    assert.deepEqual(splitChunk('ab\x1a'), ['a', 'b', 'ctrl-z']);
    assert.deepEqual(splitChunk('é日\r\n\x7f\t '), ['é', '日', 'enter', 'backspace', 'tab', 'space']);
  });

  it('with names come as flags', () => {
    assert.deepEqual(readKeys('', { ...NO_FLAGS, upArrow: true }), ['up']);
    assert.deepEqual(readKeys('', { ...NO_FLAGS, leftArrow: true, ctrl: true }), ['ctrl-left']);
    assert.deepEqual(readKeys('c', { ...NO_FLAGS, ctrl: true }), ['ctrl-c']);
    assert.deepEqual(readKeys('', { ...NO_FLAGS, tab: true, shift: true }), ['shift-tab']);
    assert.deepEqual(readKeys('q', { ...NO_FLAGS, meta: true }), [], 'Alt-q does not leave');
  });

  it('stand for text where text is typed', () => {
    assert.equal(typedText('space'), ' ');
    assert.equal(typedText('日'), '日');
    for (const key of ['up', 'ctrl-c', 'enter']) assert.equal(typedText(key), '');
  });
});
