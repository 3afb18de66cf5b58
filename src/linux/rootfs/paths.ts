// Where the files of an instance and of one tenant are; pure.

import { problem } from '../../domain/errors.ts';

export interface StatePaths {
  readonly state: string;
  readonly bases: string;
  /** Image that holds the bases where the state folder's own file system cannot be id-mapped. */
  readonly basesImage: string;
  readonly tenants: string;
  readonly trash: string;
}

export interface TenantPaths {
  readonly folder: string;
  readonly image: string;
  /** Mount of the image: `upper` and `work` are folders on it. */
  readonly disk: string;
  /** Id-mapped view of the base, or its shifted copy. */
  readonly base: string;
  /** Copy of the base in the tenant's ids, where the kernel cannot map them. */
  readonly shifted: string;
  /** The overlay: the tenant's root. */
  readonly root: string;
  /** Mark that hosts keys and machine-id were written; out of the tenant's reach. */
  readonly identity: string;
}

/** Colon, comma, blank and backslash mean something in overlay options and in mountinfo, so they are refused here. */
export const buildStatePaths = (state: string): StatePaths => {
  if (!/^(\/[A-Za-z0-9._-]+)+$/.test(state) || state.split('/').some((part) => part === '.' || part === '..')) {
    throw problem('UNSUPPORTED', {
      what: `the state folder "${state}"`,
      why: 'letters, digits and ._- only, absolute',
    });
  }
  return {
    state,
    bases: `${state}/bases`,
    basesImage: `${state}/bases.img`,
    tenants: `${state}/tenants`,
    trash: `${state}/trash`,
  };
};

export const buildTenantPaths = (paths: StatePaths, name: string): TenantPaths => {
  const folder = `${paths.tenants}/${name}`;
  return {
    folder,
    image: `${folder}/disk.img`,
    disk: `${folder}/disk`,
    base: `${folder}/base`,
    shifted: `${folder}/shifted`,
    root: `${folder}/root`,
    identity: `${folder}/identity`,
  };
};
