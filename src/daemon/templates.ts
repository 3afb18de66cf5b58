// What the API does with templates beside building them: it looks for tarballs, and deletes bases that nobody uses.

import { accessSync, constants } from 'node:fs';
import { problem } from '../domain/errors.ts';
import { spellOut } from '../domain/names.ts';
import { type Exchange, nameOf } from './exchange.ts';
import { buildTemplateViews } from './views.ts';

export const whyUnreadable = (path: string): string | undefined => {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'it does not exist' : (code ?? String(error));
  }
};

/** `TEMPLATE@DIGEST` of a base that nobody uses; of the digest as much as tells it from others. */
export const removeBase = async (exchange: Exchange): Promise<string> => {
  const text = nameOf(exchange);
  const { rootfs, registry } = exchange.service.engine.ports;
  const [template = '', digest = ''] = text.split('@');
  const known = buildTemplateViews(await rootfs.listTemplates(), registry.current).find(
    ({ name }) => name === template,
  );
  const found = digest === '' ? [] : (known?.bases ?? []).filter((base) => base.digest.startsWith(digest));
  const base = found.find((other) => other.digest === digest) ?? found[0];
  if (!base || (found.length > 1 && base.digest !== digest))
    throw problem('BASE_MISSING', { value: spellOut(text, 120), count: found.length });
  const whole = `${template}@${base.digest}`;
  const user = base.usedBy[0];
  if (user)
    throw problem('TENANT_STATE', {
      name: user,
      state: 'using it',
      what: `${whole} cannot be removed`,
      fix: `remove the tenant first: tenantctl rm ${user}`,
    });
  await rootfs.removeBase({ template, digest: base.digest });
  return whole;
};
