// A screen of a terminal with its colours (tmux capture-pane -e) as an SVG picture. Pure.

const CELL = { width: 8, height: 17, size: 13 } as const;
const MARGIN = 12;
const GROUND = '#1b1f24';
const INK = '#d5dae0';

/** The foregrounds the dashboard uses, of the 16 colours (SGR, ECMA-48 and aixterm). */
const COLORS: Readonly<Record<number, string>> = {
  31: '#e5534b',
  32: '#57ab5a',
  33: '#c69026',
  34: '#539bf5',
  35: '#b083f0',
  36: '#39c5cf',
  90: '#7d8590',
  91: '#ff7b72',
};

interface Look {
  readonly color: string;
  readonly strong: boolean;
  readonly inverse: boolean;
}

const PLAIN: Look = { color: INK, strong: false, inverse: false };

const changeLook = (look: Look, code: number): Look => {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...look, strong: true };
  if (code === 7) return { ...look, inverse: true };
  if (code === 27) return { ...look, inverse: false };
  if (code === 39) return { ...look, color: INK };
  return { ...look, color: COLORS[code] ?? look.color };
};

/** A colour is written `33` or, by tmux, also in groups such as `7;33`. */
const readCodes = (parameters: string): number[] => parameters.split(';').map(Number);

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const drawRun = (text: string, look: Look, x: number, y: number): string => {
  const cells = [...text].length;
  const [left, width] = [MARGIN + x * CELL.width, cells * CELL.width];
  const ground = look.inverse
    ? `<rect x="${left}" y="${MARGIN + y * CELL.height}" width="${width}" height="${CELL.height}" fill="${look.color}"/>`
    : '';
  if (text.trim() === '') return ground;
  const base = MARGIN + y * CELL.height + CELL.size;
  const weight = look.strong ? ' font-weight="bold"' : '';
  const fill = look.inverse ? GROUND : look.color;
  // the length holds the columns whatever font there is
  return `${ground}<text x="${left}" y="${base}" textLength="${width}" lengthAdjust="spacingAndGlyphs" fill="${fill}"${weight}>${escapeXml(text)}</text>`;
};

/** Blanks apart: a run of text then begins where its first letter stands. */
const drawText = (text: string, look: Look, x: number, y: number): string => {
  if (look.inverse) return drawRun(text, look, x, y);
  let at = x;
  return text
    .split(/( {2,})/)
    .map((part) => {
      const drawn = drawRun(part, look, at, y);
      at += [...part].length;
      return drawn;
    })
    .join('');
};

/** @param screen lines of text with SGR sequences and no others */
export const drawScreen = (screen: string, columns: number): string => {
  const lines = screen.trimEnd().split('\n');
  let look = PLAIN;
  const rows = lines.map((line, y) => {
    let x = 0;
    return line
      .split('\u001b[')
      .map((piece, i) => {
        const end = i === 0 ? -1 : piece.indexOf('m');
        if (i > 0) for (const code of readCodes(piece.slice(0, end))) look = changeLook(look, code);
        const text = piece.slice(end + 1);
        const drawn = text === '' ? '' : drawText(text, look, x, y);
        x += [...text].length;
        return drawn;
      })
      .join('');
  });
  const [width, height] = [columns * CELL.width + 2 * MARGIN, lines.length * CELL.height + 2 * MARGIN];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${CELL.size}" xml:space="preserve">
<rect width="${width}" height="${height}" rx="6" fill="${GROUND}"/>
${rows.filter((row) => row !== '').join('\n')}
</svg>
`;
};
