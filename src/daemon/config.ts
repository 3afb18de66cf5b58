// /etc/tenantctl/config.yaml: optional, every key has a default, unknown keys are refused.

import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { Problem, problem } from '../domain/errors.ts';
import { DEFAULT_RESERVE, type Reserve } from '../domain/house.ts';
import { parseBytes } from '../domain/units.ts';

export interface DaemonConfig {
  readonly reserve: Reserve;
  readonly trashDays: number;
  readonly eventDays: number;
}

/** A week to change one's mind; a quarter to look back. */
const DEFAULT_CONFIG: DaemonConfig = { reserve: DEFAULT_RESERVE, trashDays: 7, eventDays: 90 };

const schema = z.strictObject({
  house: z
    .strictObject({
      'reserve-cpu': z
        .string()
        .regex(/^\d{1,2}(\.\d+)?%$/, 'write a percentage such as 5%')
        .optional(),
      'reserve-memory': z.union([z.string(), z.number()]).optional(),
    })
    .optional(),
  'trash-days': z.number().int().min(0).max(3650).optional(),
  'event-days': z.number().int().min(1).max(3650).optional(),
});

/** @throws Problem CONFIG_INVALID */
export const parseConfig = (text: string, path: string, parse: (text: string) => unknown): DaemonConfig => {
  try {
    const data = schema.parse(parse(text) ?? {});
    const { house = {} } = data;
    const share = house['reserve-cpu'] === undefined ? undefined : Number.parseFloat(house['reserve-cpu']) / 100;
    const memory =
      house['reserve-memory'] === undefined ? undefined : parseBytes(house['reserve-memory'], 'reserve-memory');
    return {
      reserve: { cpuShare: share ?? DEFAULT_RESERVE.cpuShare, memory: memory ?? DEFAULT_RESERVE.memory },
      trashDays: data['trash-days'] ?? DEFAULT_CONFIG.trashDays,
      eventDays: data['event-days'] ?? DEFAULT_CONFIG.eventDays,
    };
  } catch (error) {
    if (error instanceof Problem && error.code === 'CONFIG_INVALID') throw error;
    throw problem('CONFIG_INVALID', { path, why: explain(error) }, { cause: error });
  }
};

const explain = (error: unknown): string => {
  if (!(error instanceof z.ZodError))
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  const issue = error.issues[0];
  return `${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'does not fit'}`;
};

/** @throws Problem CONFIG_INVALID; an absent file gives the defaults */
export const readConfig = async (path: string): Promise<DaemonConfig> => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return DEFAULT_CONFIG;
    throw problem('CONFIG_INVALID', { path, why: `it cannot be read (${code})` }, { cause: error });
  }
  // 8 MB that a box without the file need not hold; a CommonJS module, of which a bundle keeps the default export only
  const { default: yaml } = await import('yaml');
  return parseConfig(text, path, (source) => yaml.parse(source, { maxAliasCount: 10 }));
};
