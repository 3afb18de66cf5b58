// The completion script for bash, from definitions. Pure.

import { type ArgDef, type CommandDef, GLOBAL_OPTIONS, type OptionDef } from '../definition.ts';

/** What a word may be: a fixed list, or names that are asked for when the key is pressed. */
const reply = ({ choices, completes }: ArgDef | OptionDef): string => {
  if (choices) return `_tenantctl_words '${choices.join(' ')}'`;
  if (completes === 'file') return 'COMPREPLY=($(compgen -f -- "$cur"))';
  if (completes === 'command') return '_tenantctl_words "$commands"';
  if (completes === undefined || completes === 'none') return ':';
  return `_tenantctl_words "$(tenantctl __names ${completes} 2>/dev/null)"`;
};

const flags = (options: readonly OptionDef[]): string[] =>
  options.flatMap(({ long, short }) => [`--${long}`, ...(short === undefined ? [] : [`-${short}`])]);

const valueCases = (defs: readonly CommandDef[]): string[] =>
  defs.flatMap(({ name, options = [] }) =>
    options
      .filter(({ value }) => value !== undefined)
      .map((option) => `    '${name}:--${option.long}') ${reply(option)}; return ;;`),
  );

const argCases = (defs: readonly CommandDef[]): string[] =>
  defs.flatMap(({ name, args = [] }) => args.map((arg, i) => `    '${name}:${i}') ${reply(arg)} ;;`));

const optionCases = (defs: readonly CommandDef[]): string[] =>
  defs.map(({ name, options = [] }) => `      '${name}') options='${flags(options).join(' ')}' ;;`);

const groupsOf = (defs: readonly CommandDef[]): Map<string, string[]> => {
  const groups = new Map<string, string[]>();
  for (const { name } of defs) {
    const [group = '', sub] = name.split(' ');
    if (sub !== undefined) groups.set(group, [...(groups.get(group) ?? []), sub]);
  }
  return groups;
};

export const buildBashCompletion = (defs: readonly CommandDef[]): string => {
  const groups = groupsOf(defs);
  const tops = [...new Set(defs.map(({ name }) => name.split(' ')[0]))];
  const valued = new Set(
    defs.flatMap(({ options = [] }) => options.filter(({ value }) => value).map(({ long }) => long)),
  );
  return [
    '# bash completion of tenantctl; made by: tenantctl completion bash',
    '_tenantctl_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }',
    '',
    '_tenantctl() {',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expansion of the shell's
    '  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command= at=0 skip= glued= options= i word',
    '  # bash takes --cpu=1 apart (COMP_WORDBREAKS): three words, the last of them may be missing yet',
    "  if [[ $cur == '=' ]]; then glued=1 cur=",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expansion of the shell's
    "  elif [[ $prev == '=' ]]; then glued=1 prev=${COMP_WORDS[COMP_CWORD - 2]}; fi",
    `  local commands='${tops.join(' ')}'`,
    '  COMPREPLY=()',
    '  for ((i = 1; i < COMP_CWORD; i++)); do',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expansion of the shell's
    '    word=${COMP_WORDS[i]}',
    '    if [[ $word == [=:] ]]; then skip= i=$((i + 1)); continue; fi',
    '    if [[ -n $skip ]]; then skip=; continue; fi',
    '    case $word in',
    '    --) return ;;',
    `    ${[...valued].map((long) => `--${long}`).join(' | ')}) skip=1 ;;`,
    '    -*) ;;',
    '    *)',
    '      case $command in',
    "      '') command=$word ;;",
    `      ${[...groups.keys()].join(' | ')}) command="$command $word" ;;`,
    '      *) ((at++)) ;;',
    '      esac ;;',
    '    esac',
    '  done',
    '  case "$command:$prev" in',
    ...valueCases(defs),
    '  esac',
    '  [[ -z $glued ]] || return',
    '  if [[ $cur == -* ]]; then',
    '    case $command in',
    ...optionCases(defs),
    '    esac',
    `    _tenantctl_words "$options ${flags(GLOBAL_OPTIONS).join(' ')}"`,
    '    return',
    '  fi',
    '  case "$command:$at" in',
    '    \':0\') _tenantctl_words "$commands" ;;',
    ...[...groups].map(([group, subs]) => `    '${group}:0') _tenantctl_words '${subs.join(' ')}' ;;`),
    ...argCases(defs),
    '  esac',
    '}',
    '',
    'complete -o default -F _tenantctl tenantctl',
    '',
  ].join('\n');
};
