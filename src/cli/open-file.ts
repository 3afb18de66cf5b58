// The file that `apply`, `plan apply` and `policy simulate` name: read, checked, tarballs placed beside it.

import { dirname, resolve } from 'node:path';
import type { AddRequest } from '../api/contract.ts';
import { checkTemplateLength } from '../domain/template-length.ts';
import type { Context } from './context.ts';
import { readInputFile } from './read-input.ts';
import type { TenantFile } from './tenant-file.ts';

/** `tar:rootfs.tgz` means the file in this folder; the daemon lives elsewhere. @throws Problem TEMPLATE_INVALID */
export const absoluteTemplate = (text: string, folder: () => string): string => {
  const template = text.startsWith('tar:') && text.length > 4 ? `tar:${resolve(folder(), text.slice(4))}` : text;
  checkTemplateLength(template);
  return template;
};

/** `tar:x.tgz` in a file means: beside that file. */
const placeTemplate = (request: AddRequest, folder: string): AddRequest =>
  request.template === undefined ? request : { ...request, template: absoluteTemplate(request.template, () => folder) };

/**
 * @param name `-` for standard input
 * @throws Problem FILE_UNREADABLE, FILE_INVALID, FIELD_UNKNOWN, FIELD_INVALID
 */
export const openTenantFile = async ({ around }: Context, name: string): Promise<TenantFile> => {
  const cwd = around.cwd();
  const text = await readInputFile(name === '-' ? name : resolve(cwd, name));
  const { parseTenantFile } = await import('./tenant-file.ts'); // a bundle of its own: YAML is large
  const folder = name === '-' ? cwd : dirname(resolve(cwd, name));
  const { plans, tenants } = parseTenantFile(text, name);
  return { plans, tenants: tenants.map((request) => placeTemplate(request, folder)) };
};
