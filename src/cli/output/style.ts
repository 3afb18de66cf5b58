// Colour as a second hint, never the only one. Pure: whether to use it is decided once, by the context.

export type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'strong' | 'cold';

export type Paint = (tone: Tone, text: string) => string;

const FORMATS = {
  good: 'green',
  warn: 'yellow',
  bad: 'red',
  quiet: 'gray',
  strong: 'bold',
  cold: 'cyan',
} as const satisfies Record<Tone, string>;

export const plainPaint: Paint = (_tone, text) => text;

/** Not imported: see escape.ts. */
export const colorPaint: Paint = (tone, text) =>
  process.getBuiltinModule('node:util').styleText(FORMATS[tone], text, { validateStream: false });

/** no-color.org: NO_COLOR counts when it is not empty. */
export const wantsColor = (env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean =>
  isTerminal && !env['NO_COLOR'] && !env['TENANTCTL_NO_COLOR'] && env['TERM'] !== 'dumb';
