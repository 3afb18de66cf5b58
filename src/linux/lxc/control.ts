// What the host knows of LXC's monitors without asking them: their abstract command sockets.

/** FNV-1a 64, as in LXC's own src/lxc/utils.c; names the socket when the path is too long for sun_path. */
const fnv64 = (bytes: Buffer): bigint => {
  let h = 0xcbf29ce484222325n;
  for (const byte of bytes) h = ((h ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return h;
};

/** unix(7): 108 bytes with the leading zero of an abstract name. */
const SUN_PATH = 108;

/** Abstract name LXC gives a container's command socket, as /proc/net/unix shows it (with a leading "@"). */
export const commandSocket = (lxcPath: string, name: string): string => {
  const plain = `${lxcPath}/${name}/command`;
  if (Buffer.byteLength(plain) + 2 <= SUN_PATH) return `@${plain}`;
  // lxc_make_abstract_socket_name hashes "LXCPATH/NAME"
  const hash = fnv64(Buffer.from(`${lxcPath}/${name}`));
  return `@lxc/${hash.toString(16).padStart(16, '0')}/command`;
};

/** Names of abstract sockets that listen, from the text of /proc/net/unix (proc(5)). */
export const parseAbstractSockets = (text: string): Set<string> => {
  const names = new Set<string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf(' @');
    if (at >= 0) names.add(line.slice(at + 1));
  }
  return names;
};

export type LastEnd =
  | { readonly kind: 'exit'; readonly status: number }
  | { readonly kind: 'signal'; readonly signal: number };

/**
 * How the last run of init ended, from lxc.log at level INFO.
 * reboot(2) inside a pid namespace kills init with SIGINT for power-off and halt, SIGHUP for restart (pid_namespaces(7)).
 * @returns undefined when the log does not say (the monitor was killed)
 */
export const parseLastEnd = (log: string): LastEnd | undefined => {
  const started = [...log.matchAll(/Started "[^"]*" with pid "(\d+)"/g)].at(-1);
  if (!started) return undefined;
  const rest = log.slice(started.index);
  const end = new RegExp(`Child <${started[1]}> ended on (?:signal [^(]*|error )\\((\\d+)\\)`).exec(rest);
  if (end)
    return end[0].includes('signal')
      ? { kind: 'signal', signal: Number(end[1]) }
      : { kind: 'exit', status: Number(end[1]) };
  // exit status 0 leaves no such line; the monitor's own clean-up does
  return rest.includes('Removed interface') ? { kind: 'exit', status: 0 } : undefined;
};

/** An orderly power-off: init ended with 0, or by SIGINT of reboot(2). */
export const isOrderlyEnd = (end: LastEnd | undefined): boolean =>
  end !== undefined && (end.kind === 'exit' ? end.status === 0 : end.signal === 2);

/** USER_HZ is 100 on every architecture Linux still builds Debian for (time(7)). */
const TICKS_PER_SECOND = 100;

/**
 * When a process began: field 22 of /proc/PID/stat counts from boot, btime of /proc/stat is the boot (proc(5)).
 * @returns wall milliseconds
 */
export const parseStartTime = (processStat: string, systemStat: string): number | undefined => {
  // the name in parentheses may hold anything, also spaces and parentheses
  const field = processStat.slice(processStat.lastIndexOf(')') + 2).split(' ')[19];
  const boot = /^btime (\d+)$/m.exec(systemStat)?.[1];
  if (field === undefined || boot === undefined || !/^\d+$/.test(field)) return undefined;
  return Number(boot) * 1000 + (Number(field) * 1000) / TICKS_PER_SECOND;
};
