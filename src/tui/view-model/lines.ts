// A line of the screen as spans with a tone each: measured, cut and padded in terminal cells. Pure.

export type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'strong' | 'cold';

export interface Span {
  readonly text: string;
  readonly tone?: Tone | undefined;
  /** Reverse video: the selection, the cursor. */
  readonly inverse?: boolean;
}

export type Line = readonly Span[];

export const span = (text: string, tone?: Tone): Span => (tone === undefined ? { text } : { text, tone });
export const line = (text: string, tone?: Tone): Line => [span(text, tone)];
export const EMPTY_LINE: Line = [];

/** One cell and one code unit each: ASCII, and the glyphs of our own theme. Splitting graphemes costs much more. */
const PLAIN = /^[\x20-\x7e\u00b7\u00d7\u2013-\u2016\u2026\u2190-\u2193\u2500-\u25ff\u2717]*$/;
/** East Asian wide and emoji blocks (UAX 11); what is missing here costs a misplaced column, no more. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Cells a text takes. */
export const textWidth = (text: string): number => {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
};

/** The beginning that fits. */
export const cutText = (text: string, width: number): string => {
  if (width <= 0) return '';
  if (PLAIN.test(text)) return text.slice(0, width);
  let used = 0;
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    used += WIDE.test(segment) ? 2 : 1;
    if (used > width) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
};

/** Exactly `width` cells. */
export const fitText = (text: string, width: number, right = false): string => {
  const cut = cutText(text, width);
  const gap = ' '.repeat(Math.max(0, width - textWidth(cut)));
  return right ? gap + cut : cut + gap;
};

export const lineWidth = (spans: Line): number => spans.reduce((sum, { text }) => sum + textWidth(text), 0);
export const lineText = (spans: Line): string => spans.map(({ text }) => text).join('');

export const cutLine = (spans: Line, width: number): Line => {
  const kept: Span[] = [];
  let left = width;
  for (const part of spans) {
    if (left <= 0) break;
    const text = cutText(part.text, left);
    kept.push(text === part.text ? part : { ...part, text });
    left -= textWidth(text);
  }
  return kept;
};

/** Exactly `width` cells; the padding takes the look of `end`. */
const fitLine = (spans: Line, width: number, end: Omit<Span, 'text'> = {}): Line => {
  const cut = cutLine(spans, width);
  const gap = width - lineWidth(cut);
  return gap > 0 ? [...cut, { ...end, text: ' '.repeat(gap) }] : cut;
};

/** Breaks at spaces; a word that is too long is cut in pieces. */
export const wrapText = (text: string, width: number): string[] => {
  const lines: string[] = [];
  let row = '';
  for (const word of text.split(' ')) {
    let rest = word;
    if (row !== '' && textWidth(row) + 1 + textWidth(rest) > width) {
      lines.push(row);
      row = '';
    }
    while (textWidth(rest) > width && width > 0) {
      const head = cutText(rest, width) || rest.slice(0, 1);
      lines.push(head);
      rest = rest.slice(head.length);
    }
    row = row === '' ? rest : `${row} ${rest}`;
  }
  return [...lines, row];
};

/** A window on lines, always `height` long. */
export const windowLines = (lines: readonly Line[], from: number, height: number): Line[] => {
  const start = Math.max(0, Math.min(from, lines.length - height));
  const shown = lines.slice(start, start + height);
  return [...shown, ...Array.from({ length: Math.max(0, height - shown.length) }, () => EMPTY_LINE)];
};

/** Two columns side by side. */
export const besides = (left: readonly Line[], right: readonly Line[], leftWidth: number, gap = 2): Line[] =>
  Array.from({ length: Math.max(left.length, right.length) }, (_, i) => [
    ...fitLine(left[i] ?? EMPTY_LINE, leftWidth),
    span(' '.repeat(gap)),
    ...(right[i] ?? EMPTY_LINE),
  ]);
