// The completion script for fish, from definitions. Pure.

import { type ArgDef, type CommandDef, GLOBAL_OPTIONS, type OptionDef } from '../definition.ts';

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const values = ({ choices, completes }: ArgDef | OptionDef, tops: readonly string[]): string => {
  if (choices) return ` -a ${quote(choices.join(' '))}`;
  if (completes === 'command') return ` -a ${quote(tops.join(' '))}`;
  if (completes === undefined || completes === 'none' || completes === 'file') return '';
  return ` -a '(tenantctl __names ${completes} 2>/dev/null)'`;
};

const optionLine = (condition: string, option: OptionDef, tops: readonly string[]): string => {
  const short = option.short === undefined ? '' : ` -s ${option.short}`;
  const value = option.value === undefined ? '' : ` -x${values(option, tops)}`;
  return `complete -c tenantctl${condition} -l ${option.long}${short}${value} -d ${quote(option.summary)}`;
};

const commandLines = (def: CommandDef, tops: readonly string[]): string[] => {
  const size = def.name.split(' ').length;
  const args = (def.args ?? []).map((arg, i) => {
    const files = arg.completes === 'file' ? ' -F' : '';
    return `complete -c tenantctl -n '__tenantctl_at "${def.name}" ${size + i}'${files}${values(arg, tops)} -d ${quote(arg.summary)}`;
  });
  return [
    ...(def.options ?? []).map((option) => optionLine(` -n '__tenantctl_at "${def.name}"'`, option, tops)),
    ...args,
  ];
};

const nameLine = ({ name, summary }: CommandDef): string => {
  const words = name.split(' ');
  const condition = words.length === 1 ? '__tenantctl_at "" 0' : `__tenantctl_at "${words[0]}" 1`;
  return `complete -c tenantctl -n '${condition}' -a ${words.at(-1)} -d ${quote(summary)}`;
};

/** True when the plain words begin with its first argument, and are as many as its second says. */
const AT = [
  'function __tenantctl_at',
  '    set -l plain',
  '    set -l skip 0',
  '    for word in (commandline -opc)[2..-1]',
  '        if test $skip = 1',
  '            set skip 0',
  '        else if contains -- $word $__tenantctl_valued',
  '            set skip 1',
  "        else if not string match -q -- '-*' $word",
  '            set -a plain $word',
  '        end',
  '    end',
  "    set -l want (string split -n ' ' -- $argv[1])",
  '    set -l many (count $want)',
  '    test (count $plain) -ge $many; or return 1',
  '    if set -q argv[2]',
  '        test (count $plain) -eq $argv[2]; or return 1',
  '    end',
  '    test $many -eq 0; and return 0',
  '    test "$plain[1..$many]" = "$argv[1]"',
  'end',
];

export const buildFishCompletion = (defs: readonly CommandDef[]): string => {
  const tops = [...new Set(defs.map(({ name }) => name.split(' ')[0] ?? ''))];
  const groups = tops.filter((top) => !defs.some(({ name }) => name === top));
  const valued = new Set(
    defs.flatMap(({ options = [] }) => options.filter(({ value }) => value).map(({ long }) => `--${long}`)),
  );
  return [
    '# fish completion of tenantctl; made by: tenantctl completion fish',
    `set -g __tenantctl_valued ${[...valued].join(' ')}`,
    ...AT,
    '',
    'complete -c tenantctl -f',
    ...GLOBAL_OPTIONS.map((option) => optionLine('', option, tops)),
    ...groups.map((group) => `complete -c tenantctl -n '__tenantctl_at "" 0' -a ${group}`),
    ...defs.map(nameLine),
    ...defs.flatMap((def) => commandLines(def, tops)),
    '',
  ].join('\n');
};
