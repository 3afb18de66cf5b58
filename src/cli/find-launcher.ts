// Where the launcher is that enters a tenant.

import { dirname, join } from 'node:path';
import { problem } from '../domain/errors.ts';

/** As installed, beside the bundle (as the launcher looks for it), in the sources, or for a bundle in a checkout. */
export const findLauncher = (mainFile: string): string => {
  const folder = dirname(mainFile);
  const paths = [
    join(folder, '..', 'tenantctl'),
    join(folder, 'tenantctl'),
    join(folder, 'cli', 'launcher.sh'),
    join(folder, '..', 'src', 'cli', 'launcher.sh'),
  ];
  const found = paths.find((path) => process.getBuiltinModule('node:fs').existsSync(path));
  if (found === undefined) throw problem('COMMAND_MISSING', { command: paths[0] });
  return found;
};
