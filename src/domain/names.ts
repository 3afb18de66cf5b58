// What may be a tenant's name: it becomes a cgroup, a folder, a host name, a systemd scope and a login.

import { problem } from './errors.ts';

/** 30 leaves room for "tenant-NAME.scope" and for a login name (useradd(8): 32). */
export const NAME_MAX = 30;

/** Names that mean something else on a host or in our own folders. */
const RESERVED: ReadonlySet<string> = new Set([
  'root',
  'daemon',
  'bin',
  'sys',
  'sync',
  'man',
  'lp',
  'mail',
  'news',
  'proxy',
  'backup',
  'list',
  'irc',
  'nobody',
  'sshd',
  'systemd',
  'messagebus',
  'ntp',
  'tenantctl',
  'host',
  'localhost',
  'all',
  'monitor',
  'payload',
  'pivot',
  'tasks',
  'ns',
  'con',
  'none',
  'house',
  'system',
  'admin',
  'trash',
]);

/** Why a text is no tenant name, or undefined when it is one. */
export const whyNotName = (text: string): string | undefined => {
  if (text === '') return 'it is empty';
  if (text.length > NAME_MAX) return `it has ${text.length} characters, ${NAME_MAX} is the most`;
  if (!/^\p{ASCII}*$/u.test(text)) return 'only ASCII letters are allowed';
  if (!/^[a-z][a-z0-9-]*$/.test(text)) return 'only a-z, 0-9 and "-" are allowed, and the first is a letter';
  if (text.endsWith('-')) return 'it ends with "-"';
  if (text.includes('--')) return 'it has two "-" in a row';
  if (RESERVED.has(text)) return 'the name is reserved';
  return undefined;
};

const spellChar = (char: string): string => {
  if (char === '\\') return '\\\\';
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
};

/** What was typed, for messages: no byte that could steer a terminal, and each look-alike told from the letter it imitates. */
export const spellOut = (text: string, most = 80): string =>
  text.slice(0, most).replace(/[^\x20-\x7e]|\\/gu, spellChar);

/** For messages: short, and no byte that could steer a terminal. */
export const printable = (text: string, most = 80): string => text.slice(0, most).replace(/[^\x20-\x7e]/g, '?');

/**
 * The one check every entry uses (command line, API, files, registry).
 * @throws Problem NAME_INVALID
 */
export const parseName = (text: string): string => {
  const why = whyNotName(text);
  if (why) throw problem('NAME_INVALID', { value: spellOut(text), why });
  return text;
};

/** The known name nearest to a mistyped one (edit distance of 2 at the most), for "did you mean". */
export const nearestName = (text: string, known: readonly string[]): string | undefined => {
  const best = known
    .map((name) => ({ name, distance: editDistance(text.slice(0, 64), name) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return best && best.distance <= 2 ? best.name : undefined;
};

const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
};
