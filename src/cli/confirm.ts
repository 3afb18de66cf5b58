// Asks before something is removed: the name typed back, or --yes.

import { problem } from '../domain/errors.ts';
import { spellOut } from '../domain/names.ts';
import type { Context } from './context.ts';

export interface Question {
  /** `removing alice` */
  readonly what: string;
  /** What must be typed back. */
  readonly word: string;
  /** The whole command that does not ask. */
  readonly command: string;
}

/** @throws Problem CONFIRM_NEEDED without a terminal, CONFIRM_MISMATCH for another word, CANCELLED after ^C or ^D */
export const confirm = async (context: Context, { what, word, command }: Question): Promise<void> => {
  if (!context.around.stdinIsTerminal || context.json) throw problem('CONFIRM_NEEDED', { what, command });
  const typed = await context.around.readLine(`${what}: type ${word} to go on: `);
  if (typed === undefined) {
    context.tell('\n'); // the question has no end of line of its own
    throw problem('CANCELLED', { what, outcome: 'nothing was changed' });
  }
  if (typed.trim() !== word) {
    throw problem('CONFIRM_MISMATCH', { value: spellOut(typed), expected: word, command });
  }
};
