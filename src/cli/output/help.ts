// Help texts from definitions. Pure.

import type { CommandDef, OptionDef } from '../definition.ts';
import { GLOBAL_OPTIONS, globalOptionsOf } from '../definition.ts';
import { EXIT_MEANING } from '../exit-status.ts';

/** Statuses every command may have. */
const COMMON_EXITS: readonly number[] = [0, 1, 2, 4, 6];

export const optionFlags = ({ long, short, value }: OptionDef): string =>
  `${short === undefined ? '' : `-${short}, `}--${long}${value === undefined ? '' : ` ${value}`}`;

export const usageLine = (def: CommandDef): string => {
  const args = (def.args ?? []).map(({ name, optional }) => (optional ? `[${name}]` : name));
  const rest = def.rest === undefined ? [] : ['--', `${def.rest}…`];
  return ['tenantctl', def.name, ...args, ...(def.options?.length ? ['[OPTIONS]'] : []), ...rest].join(' ');
};

export const exitStatuses = (def: CommandDef): number[] =>
  [...new Set([...COMMON_EXITS, ...(def.exits ?? [])])].sort((a, b) => a - b);

const HELP_WIDTH = 100;

/** Breaks at spaces. */
export const wrapText = (text: string, width: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
};

const pairs = (rows: readonly (readonly [string, string])[]): string[] => {
  const left = Math.max(...rows.map(([label]) => label.length)) + 2;
  return rows.flatMap(([label, text]) =>
    wrapText(text, HELP_WIDTH - left - 2).map((line, i) => `  ${(i === 0 ? label : '').padEnd(left)}${line}`.trimEnd()),
  );
};

const block = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', title, ...lines]);

const optionRows = (options: readonly OptionDef[]): (readonly [string, string])[] =>
  options.map((option) => [optionFlags(option), option.summary]);

export const renderCommandHelp = (def: CommandDef): string =>
  [
    `${usageLine(def)}`,
    '',
    `${capital(def.summary)}.`,
    ...(def.details ?? []).flatMap((text) => ['', ...wrapText(text, HELP_WIDTH)]),
    ...block('Arguments:', def.args?.length ? pairs(def.args.map(({ name, summary }) => [name, summary])) : []),
    ...block('Options:', def.options?.length ? pairs(optionRows(def.options)) : []),
    ...block('Everywhere:', pairs(optionRows(globalOptionsOf(def)))),
    ...block(
      'Examples:',
      def.examples.flatMap(({ run, what }) => [`  # ${what}`, `  ${run}`]),
    ),
    ...block('Exit status:', pairs(exitStatuses(def).map((status) => [String(status), EXIT_MEANING[status] ?? '']))),
    '',
  ].join('\n');

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const OVERVIEW_EXAMPLES: readonly string[] = [
  '  tenantctl add alice --cpu 1 --memory 512M --disk 5G',
  '  tenantctl ls',
  '  sudo tenantctl shell alice',
];

export const renderOverview = (defs: readonly CommandDef[], group: string): string =>
  [
    `tenantctl ${group === '' ? 'COMMAND' : `${group} COMMAND`} [OPTIONS]`,
    '',
    'Several servers in one: isolated tenants with live limits on one shared Linux box.',
    ...block('Commands:', pairs(defs.map(({ name, summary }) => [name, summary]))),
    ...block('Everywhere:', pairs(optionRows(GLOBAL_OPTIONS))),
    ...(group === '' ? block('Examples:', OVERVIEW_EXAMPLES) : []),
    '',
    `More: tenantctl ${group === '' ? '' : `${group} `}COMMAND --help`,
    '',
  ].join('\n');
