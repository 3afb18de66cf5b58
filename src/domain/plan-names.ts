// What may be the name of a plan: it is a word of commands, a key of files and a part of the API's paths.

import { problem } from './errors.ts';
import { NAME_MAX, spellOut } from './names.ts';

/** Why a text is no name of a plan, or undefined when it is one. */
export const whyNotPlanName = (text: string): string | undefined => {
  if (text.length > NAME_MAX) return `it has ${text.length} characters, ${NAME_MAX} is the most`;
  if (!/^[a-z][a-z0-9-]*$/.test(text)) return 'only a-z, 0-9 and "-" are allowed, and the first is a letter';
  return text === 'none' ? '"none" takes a tenant out of its plan' : undefined;
};

/**
 * @throws Problem PLAN_INVALID
 */
export const parsePlanName = (text: string): string => {
  const why = whyNotPlanName(text);
  if (why !== undefined) throw problem('PLAN_INVALID', { value: spellOut(text), why });
  return text;
};
