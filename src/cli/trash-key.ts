// A key of the trash as typed: the alphabet is checked before it becomes part of a path of the API. Pure.

import { problem } from '../domain/errors.ts';
import { spellOut } from '../domain/names.ts';

/** @throws Problem TRASH_MISSING: nothing with other characters can be there */
export const readTrashKey = (text: string): string => {
  if (/^[a-z0-9-]{1,80}$/.test(text)) return text;
  throw problem('TRASH_MISSING', { value: spellOut(text) });
};
