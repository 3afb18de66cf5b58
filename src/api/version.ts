// Numbers both sides must agree on; no imports, so that a command need not load the schemas.

/** Grows when a reply or a request changes in a way an older side would misread. */
export const API_VERSION = 1;

/** Sent by the client with each request; a daemon of another number answers VERSION_MISMATCH. */
export const API_HEADER = 'x-tenantctl-api';

/** The program's own version; a test keeps it equal to package.json. */
export const PROGRAM_VERSION = '0.1.0';
