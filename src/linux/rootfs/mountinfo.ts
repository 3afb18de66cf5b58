// Parses /proc/self/mountinfo (proc(5)); pure.

export interface MountEntry {
  readonly id: number;
  readonly parent: number;
  /** MAJOR:MINOR of the file system. */
  readonly device: string;
  /** Path inside that file system which is the root of this mount. */
  readonly root: string;
  /** Absolute path where it is mounted. */
  readonly target: string;
  readonly options: readonly string[];
  /** Propagation: `shared:5`, `master:3`; empty for a private mount. */
  readonly tags: readonly string[];
  readonly type: string;
  readonly source: string;
  readonly superOptions: readonly string[];
}

/** Blank, tab, newline and backslash are written as three octal digits (seq_path in fs/seq_file.c); bytes are UTF-8. */
export const unescapeOctal = (text: string): string => {
  if (!text.includes('\\')) return text;
  const bytes: Buffer[] = [];
  let from = 0;
  for (const match of text.matchAll(/\\([0-3][0-7]{2})/g)) {
    bytes.push(Buffer.from(text.slice(from, match.index)), Buffer.of(Number.parseInt(match[1] ?? '0', 8)));
    from = match.index + 4;
  }
  bytes.push(Buffer.from(text.slice(from)));
  return Buffer.concat(bytes).toString('utf8');
};

/** One line, or undefined when it is not of the known shape. */
export const parseMountLine = (line: string): MountEntry | undefined => {
  const fields = line.split(' ');
  const separator = fields.indexOf('-', 6);
  const [id, parent, device, root, target, options] = fields;
  const [type, source, superOptions] = fields.slice(separator + 1);
  if (separator < 0 || !id || !parent || !device || !root || !target || options === undefined || !type)
    return undefined;
  return {
    id: Number(id),
    parent: Number(parent),
    device,
    root: unescapeOctal(root),
    target: unescapeOctal(target),
    options: options.split(','),
    tags: fields.slice(6, separator),
    type,
    source: unescapeOctal(source ?? ''),
    superOptions: (superOptions ?? '').split(','),
  };
};

/** All mounts, in the kernel's order: a later one at the same target lies on top. */
export const parseMountinfo = (text: string): readonly MountEntry[] =>
  text
    .split('\n')
    .map(parseMountLine)
    .filter((entry) => entry !== undefined);

/** Mounts at a folder or anywhere below it. */
export const pickBelow = (mounts: readonly MountEntry[], folder: string): readonly MountEntry[] =>
  mounts.filter(({ target }) => target === folder || target.startsWith(`${folder}/`));
