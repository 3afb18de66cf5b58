// The daemon's log: one JSON object a line on standard error, for journald or a file.

import { destination, pino } from 'pino';
import type { Log } from '../ports/log.ts';

export const createLog = (level: string): Log => {
  const logger = pino(
    { level, base: null, timestamp: () => `,"at":"${new Date().toISOString()}"` },
    destination({ fd: 2, sync: true }),
  );
  return {
    debug: (message, data) => logger.debug(data ?? {}, message),
    info: (message, data) => logger.info(data ?? {}, message),
    warn: (message, data) => logger.warn(data ?? {}, message),
    error: (message, data) => logger.error(data ?? {}, message),
  };
};
