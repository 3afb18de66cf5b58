// The completion script for zsh, from definitions. Pure.

import { type ArgDef, type CommandDef, globalOptionsOf, type OptionDef } from '../definition.ts';

/** Inside single quotes, and inside the brackets and colons of _arguments. */
const quote = (text: string): string => text.replaceAll("'", "'\\''").replace(/[:[\]]/g, (char) => `\\${char}`);

const action = ({ choices, completes }: ArgDef | OptionDef): string => {
  if (choices) return `(${choices.join(' ')})`;
  if (completes === 'file') return '_files';
  if (completes === 'command') return '_tenantctl_commands';
  if (completes === undefined || completes === 'none') return ' ';
  return `_tenantctl_names ${completes}`;
};

const optionSpecs = (option: OptionDef): string[] => {
  const tail = option.value === undefined ? '' : `:${option.value}:${action(option)}`;
  const mark = option.value === undefined ? '' : '=';
  const many = option.repeats ? '*' : '';
  const long = `'${many}--${option.long}${mark}[${quote(option.summary)}]${tail}'`;
  return option.short === undefined ? [long] : [long, `'-${option.short}[${quote(option.summary)}]'`];
};

const argSpec = (arg: ArgDef, i: number): string => `'${i + 1}:${quote(arg.name)}:${action(arg)}'`;

const body = (def: CommandDef): string[] => {
  const specs = [
    ...[...(def.options ?? []), ...globalOptionsOf(def)].flatMap(optionSpecs),
    ...(def.args ?? []).map(argSpec),
    ...(def.rest === undefined ? [] : [`'*::${def.rest}:_normal'`]),
  ];
  return [
    `    ('${def.name}')`,
    '      _arguments -s \\',
    ...specs.map((spec) => `        ${spec} \\`),
    '        && return 0',
    '      ;;',
  ];
};

const describe = (name: string, rows: readonly (readonly [string, string])[]): string[] => [
  `    ${name}=(`,
  ...rows.map(([word, summary]) => `      '${word}:${summary.replaceAll("'", "'\\''").replaceAll(':', '\\:')}'`),
  '    )',
];

export const buildZshCompletion = (defs: readonly CommandDef[]): string => {
  const groups = [
    ...new Set(defs.filter(({ name }) => name.includes(' ')).map(({ name }) => name.split(' ')[0] ?? '')),
  ];
  const tops: [string, string][] = defs
    .filter(({ name }) => !name.includes(' '))
    .map(({ name, summary }) => [name, summary]);
  const subs = (group: string): [string, string][] =>
    defs
      .filter(({ name }) => name.startsWith(`${group} `))
      .map(({ name, summary }) => [name.slice(group.length + 1), summary]);
  const groupRows: [string, string][] = groups.map((group) => [
    group,
    subs(group)
      .map(([sub]) => sub)
      .join(', '),
  ]);
  return [
    '#compdef tenantctl',
    '# zsh completion of tenantctl; made by: tenantctl completion zsh',
    '',
    '_tenantctl_names() {',
    '  local -a names',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expansion of the shell's
    '  names=(${(f)"$(tenantctl __names $1 2>/dev/null)"})',
    '  compadd -a names',
    '}',
    '',
    '_tenantctl_commands() {',
    '  local -a commands',
    ...describe('commands', [...tops, ...groupRows]),
    "  _describe 'command' commands",
    '}',
    '',
    '_tenantctl() {',
    '  local command=$words[2]',
    '  local -a subs',
    '  if (( CURRENT == 2 )); then',
    '    _tenantctl_commands',
    '    return',
    '  fi',
    '  shift words; (( CURRENT-- ))',
    '  case $command in',
    ...groups.flatMap((group) => [
      `  ${group})`,
      '    if (( CURRENT == 2 )); then',
      ...describe('subs', subs(group)),
      "      _describe 'command' subs",
      '      return',
      '    fi',
      '    command="$command $words[2]"',
      '    shift words; (( CURRENT-- ))',
      '    ;;',
    ]),
    '  esac',
    '  case $command in',
    ...defs.flatMap(body),
    '  esac',
    '}',
    '',
    'if [ "$funcstack[1]" = _tenantctl ]; then _tenantctl "$@"; else compdef _tenantctl tenantctl; fi',
    '',
  ].join('\n');
};
