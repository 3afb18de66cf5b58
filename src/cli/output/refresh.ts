// A text that is drawn over in place. Pure: the sequences of one frame, given the one before (ECMA-48).

const ESC = '\u001b[';
export const HIDE_CURSOR = `${ESC}?25l`;
export const SHOW_CURSOR = `${ESC}?25h`;

/** Cuts at the terminal's height: what scrolled away cannot be drawn over. */
export const cutFrame = (text: string, rows: number): string[] => {
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.length < rows ? lines : [...lines.slice(0, Math.max(1, rows - 2)), '…'];
};

/**
 * Each line is drawn and then erased to its end, so that nothing flickers; what a longer frame left below goes.
 * @param before lines of the frame on the screen
 */
export const buildFrame = (lines: readonly string[], before: number): string => {
  const up = before > 0 ? `\r${ESC}${before}A` : '';
  return `${up}${lines.map((line) => `${line}${ESC}K\n`).join('')}${ESC}J`;
};

/** After a resize the old lines may have wrapped anywhere: start on a clean screen. */
export const CLEAR_SCREEN = `${ESC}2J${ESC}H`;
