// Text that a tenant may have chosen, made safe for a terminal. Pure.

/** Fetched when needed: an import of node:util evaluates all its lazy parts, 8 ms (measured on Node 24). */
const strip = (text: string): string => process.getBuiltinModule('node:util').stripVTControlCharacters(text);

/** Control characters, and marks that turn or hide text: bidi controls, zero width, line separators. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const spell = (char: string): string => {
  if (char === '\t') return char;
  const code = char.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
};

/** One line: sequences that act on a terminal are gone, other control characters are spelled out. */
export const escapeLine = (text: string): string => strip(text).replace(UNSAFE, spell);

/** Many lines: the ends of lines stay, also those of a console (\r\n). */
export const escapeText = (text: string): string =>
  text
    .split('\n')
    .map((line) => escapeLine(line.replace(/\r+$/, '')))
    .join('\n');
