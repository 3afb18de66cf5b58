// How long the text of a template may be; apart from domain/tenant, so that the command line can ask without loading schemas.

import { problem } from './errors.ts';
import { spellOut } from './names.ts';

/** PATH_MAX of Linux (limits.h). */
export const TEMPLATE_MAX = 4096;

/** @throws Problem TEMPLATE_INVALID */
export const checkTemplateLength = (text: string): void => {
  if (text.length > TEMPLATE_MAX)
    throw problem('TEMPLATE_INVALID', {
      value: `${spellOut(text, 40)}...`,
      why: `it has ${text.length} characters, ${TEMPLATE_MAX} is the most`,
    });
};
