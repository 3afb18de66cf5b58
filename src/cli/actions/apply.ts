// `tenantctl apply`: a file of tenants -> one request, and the list of what changed.

import { dirname, resolve } from 'node:path';
import type { AddRequest, ApplyRequest, ApplyResult } from '../../api/contract.ts';
import { type Action, hasSwitch } from '../definition.ts';
import { renderChanges } from '../output/changes.ts';
import { readInputFile } from '../read-input.ts';
import { absoluteTemplate } from './add.ts';

/** `tar:x.tgz` in a file means: beside that file. */
const placeTemplate = (request: AddRequest, folder: string): AddRequest =>
  request.template === undefined ? request : { ...request, template: absoluteTemplate(request.template, () => folder) };

export const run: Action = async (context, input) => {
  const file = input.args[0] ?? '';
  const cwd = context.around.cwd();
  const text = await readInputFile(file === '-' ? file : resolve(cwd, file));
  const { parseTenantFile } = await import('../tenant-file.ts'); // a bundle of its own: YAML is large
  const folder = file === '-' ? cwd : dirname(resolve(cwd, file));
  const body: ApplyRequest = {
    tenants: parseTenantFile(text, file).map((request) => placeTemplate(request, folder)),
    ...(hasSwitch(input, 'dry-run') ? { dryRun: true } : {}),
    ...(hasSwitch(input, 'restart') ? { allowRestart: true } : {}),
    ...(hasSwitch(input, 'overcommit') ? { overcommit: true } : {}),
  };
  const { changes } = await context.work<ApplyResult>({ method: 'POST', path: '/v1/apply', body }, { what: 'apply' });
  if (context.json) context.printJson({ changes });
  else context.print(renderChanges(changes, context.paint));
  return changes.some(({ act }) => act === 'failed') ? 1 : 0;
};
