// What the keyboard sent as names of keys, one each, also when many arrive in one chunk. Pure.

/** The part of Ink's key that matters here. */
export interface KeyFlags {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly pageDown: boolean;
  readonly pageUp: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly tab: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly meta: boolean;
}

const NAMED: readonly (readonly [keyof KeyFlags, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageDown', 'pagedown'],
  ['pageUp', 'pageup'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

const CONTROL: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x1b': 'esc',
  ' ': 'space',
};

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

const nameOf = (segment: string): string[] => {
  const named = CONTROL[segment];
  if (named !== undefined) return [named];
  const code = segment.charCodeAt(0);
  if (code < 0x20) return [`ctrl-${String.fromCharCode(code + 0x60)}`];
  return [segment];
};

/** A chunk of plain text and control bytes. */
export const splitChunk = (chunk: string): string[] =>
  // \r\n is one grapheme, and one press of Enter
  [...graphemes.segment(chunk)].flatMap(({ segment }) => (segment === '\r\n' ? ['enter'] : nameOf(segment)));

/** Ink tells a recognised key by a flag, and gives everything else of a chunk as one text. */
export const readKeys = (input: string, key: KeyFlags): string[] => {
  if (key.tab) return [key.shift ? 'shift-tab' : 'tab'];
  const named = NAMED.find(([flag]) => key[flag]);
  if (named) return [key.ctrl ? `ctrl-${named[1]}` : named[1]];
  if (key.ctrl) return input === ' ' ? ['space'] : [`ctrl-${input}`];
  // Alt and a letter: ours has no such keys, and the letter alone must not act
  if (key.meta) return [];
  return splitChunk(input);
};

/** Keys that stand for text in a field. */
export const typedText = (key: string): string =>
  key === 'space' ? ' ' : [...graphemes.segment(key)].length === 1 && key.charCodeAt(0) >= 0x20 ? key : '';
