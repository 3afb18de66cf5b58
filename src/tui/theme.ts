// How the screen looks: glyphs or ASCII, 16 colours on the terminal's own ground or none. Pure. Colour only ever
// repeats what a word, a sign or the length of a bar says.

import type { Line, Span, Tone } from './view-model/lines.ts';

export interface Glyphs {
  readonly ascii: boolean;
  /** Empty to full, for bars, sparklines and graphs. */
  readonly steps: readonly string[];
  readonly track: string;
  readonly select: string;
  readonly mark: string;
  readonly unknown: string;
  readonly up: string;
  readonly down: string;
  readonly act: string;
  readonly rule: string;
  readonly state: Readonly<Record<'run' | 'stop' | 'hold' | 'move' | 'fail', string>>;
}

const BLOCKS: Glyphs = {
  ascii: false,
  steps: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  track: '·',
  select: '▶',
  mark: '*',
  unknown: '–',
  up: '▲',
  down: '▼',
  act: '▲',
  rule: '─',
  state: { run: '●', stop: '○', hold: '‖', move: '◐', fail: '✗' },
};

const ASCII: Glyphs = {
  ascii: true,
  steps: [' ', '.', ':', '-', '=', '+', 'x', 'X', '#'],
  track: '.',
  select: '>',
  mark: '*',
  unknown: '-',
  up: '^',
  down: 'v',
  act: '^',
  rule: '-',
  state: { run: '+', stop: 'o', hold: '=', move: '~', fail: 'x' },
};

export type Palette = 'dark' | 'light' | 'none';

export interface Theme {
  readonly palette: Palette;
  readonly glyphs: Glyphs;
}

/** SGR parameters of the 16 colours (ECMA-48, aixterm); no background, so that the terminal's own stays. */
const CODES: Readonly<Record<Palette, Readonly<Record<Tone, string>>>> = {
  dark: { good: '32', warn: '33', bad: '91', quiet: '90', strong: '1', cold: '36' },
  // yellow and cyan cannot be read on white
  light: { good: '32', warn: '35', bad: '31', quiet: '90', strong: '1', cold: '34' },
  none: { good: '', warn: '', bad: '', quiet: '', strong: '1', cold: '' },
};

type Env = Readonly<Record<string, string | undefined>>;

/** COLORFGBG is "15;0", set by rxvt, Konsole and others: a ground of 7 or 9-15 is a light one. */
const isLight = (env: Env): boolean => /;(7|9|1[0-5])$/.test(env['COLORFGBG'] ?? '');

/** The console of the kernel has a font without blocks; a locale other than UTF-8 would show rubbish. */
const wantsAscii = (env: Env): boolean => {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return env['TERM'] === 'linux' || (locale !== '' && !/utf-?8/i.test(locale));
};

export interface Wishes {
  readonly ascii: boolean;
  readonly color: boolean;
  readonly light?: boolean | undefined;
}

export const buildTheme = (env: Env, wishes: Wishes): Theme => ({
  palette: wishes.color ? ((wishes.light ?? isLight(env)) ? 'light' : 'dark') : 'none',
  glyphs: wishes.ascii || wantsAscii(env) ? ASCII : BLOCKS,
});

/** Dark and light in turn; without colour there is nothing to turn. */
export const turnTheme = (theme: Theme): Theme =>
  theme.palette === 'none' ? theme : { ...theme, palette: theme.palette === 'dark' ? 'light' : 'dark' };

const paintSpan = ({ text, tone, inverse }: Span, codes: Readonly<Record<Tone, string>>): string => {
  const sgr = [inverse ? '7' : '', tone ? codes[tone] : ''].filter((code) => code !== '').join(';');
  return sgr === '' || text === '' ? text : `\x1b[${sgr}m${text}\x1b[0m`;
};

export const paintLine = (spans: Line, { palette }: Theme): string =>
  spans.map((part) => paintSpan(part, CODES[palette])).join('');
