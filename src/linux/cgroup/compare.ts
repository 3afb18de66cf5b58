// Whether what the kernel reads back means what was written: it has its own spelling for "no limit" and for io.max.

/** LONG_MAX in pages is how v1 shows "no limit" (mm/page_counter.c PAGE_COUNTER_MAX); 2^62 is below it for any page size. */
const V1_UNLIMITED = 2 ** 62;

const ioLimit = (line: string, key: string): string => new RegExp(` ${key}=(\\S+)`).exec(` ${line}`)?.[1] ?? 'max';

const isSameIo = (want: string, got: string): boolean => {
  const device = `${want.split(' ')[0]} `;
  const line = got.split('\n').find((text) => text.startsWith(device)) ?? '';
  return ['rbps', 'wbps'].every((key) => ioLimit(want, key) === ioLimit(line, key));
};

/** @param file name of the kernel file, for example `io.max` */
export const isSameValue = (file: string, want: string, got: string): boolean => {
  if (file === 'io.max') return isSameIo(want, got);
  if (want === '-1' && file.startsWith('memory.')) return Number(got) > V1_UNLIMITED || got === '-1';
  return want === got.trim();
};

/** A value that only states the kernel's default: nothing is lost where its file does not exist. */
export const isNoLimit = (value: string): boolean =>
  value === '' || value === '-1' || value === 'max' || /^max \d+$/.test(value) || value.endsWith(' rbps=max wbps=max');
