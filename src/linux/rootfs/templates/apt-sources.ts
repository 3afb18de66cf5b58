// Where the host gets its Debian packages from: reads apt's sources (sources.list(5)), both spellings; pure.

export interface AptSource {
  readonly uri: string;
  readonly suite: string;
}

/** Only what debootstrap and a tenant can use, and nothing with a password in it. */
const isPlain = (uri: string): boolean => /^https?:\/\/[a-z0-9.:[\]-]+(\/[a-z0-9._~/%+-]*)?$/i.test(uri);

const pair = (uris: readonly string[], suites: readonly string[]): readonly AptSource[] =>
  uris.flatMap((uri) => (isPlain(uri) ? suites.map((suite) => ({ uri: uri.replace(/\/$/, ''), suite })) : []));

/** `deb [options] URI SUITE COMPONENT…` */
export const parseListFile = (text: string): readonly AptSource[] =>
  text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+\S/.exec(line);
    return match ? pair([match[1] ?? ''], [match[2] ?? '']) : [];
  });

/** Paragraphs of `Key: value`, values going on in indented lines (deb822(5)). */
export const parseDeb822 = (text: string): readonly AptSource[] =>
  text.split(/\n\s*\n/).flatMap((paragraph) => {
    const fields = new Map<string, string>();
    let key = '';
    for (const line of paragraph.split('\n').filter((each) => !each.startsWith('#'))) {
      const match = /^([A-Za-z-]+):(.*)$/.exec(line);
      if (match) key = (match[1] ?? '').toLowerCase();
      fields.set(key, `${fields.get(key) ?? ''} ${match ? match[2] : line}`.trim());
    }
    const words = (name: string): readonly string[] => (fields.get(name) ?? '').split(/\s+/).filter(Boolean);
    if (fields.get('enabled') === 'no' || !words('types').includes('deb')) return [];
    return pair(words('uris'), words('suites'));
  });

/** The sources of one release and its companions (`-updates`, `-security`), without repeats. */
export const pickRelease = (sources: readonly AptSource[], suite: string): readonly AptSource[] => {
  const wanted = [suite, `${suite}-updates`, `${suite}-security`];
  const chosen = new Map(
    sources
      .filter((source) => wanted.includes(source.suite))
      .map((source) => [`${source.uri} ${source.suite}`, source]),
  );
  return [...chosen.values()].sort((a, b) => wanted.indexOf(a.suite) - wanted.indexOf(b.suite));
};
