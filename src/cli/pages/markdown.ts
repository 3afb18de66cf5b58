// docs/cli.md and docs/errors.md, from the definitions and the table of problems. Pure.

import { PROBLEMS, type ProblemCode, type ProblemData } from '../../domain/errors.ts';
import { type CommandDef, GLOBAL_OPTIONS, type OptionDef } from '../definition.ts';
import { EXIT_MEANING, EXIT_STATUS } from '../exit-status.ts';
import { capital, exitStatuses, optionFlags, usageLine } from '../output/help.ts';

const MADE = '<!-- made by scripts/docs.ts: change the code, then run: npm run docs -->';

const cell = (text: string): string => text.replaceAll('|', '\\|');

const optionTable = (options: readonly OptionDef[]): string[] =>
  options.length === 0
    ? []
    : [
        '',
        '| option | what it does |',
        '|---|---|',
        ...options.map((option) => `| \`${optionFlags(option)}\` | ${cell(option.summary)} |`),
      ];

const commandSection = (def: CommandDef): string[] => [
  '',
  `## ${def.name}`,
  '',
  `\`${usageLine(def)}\``,
  '',
  `${capital(def.summary)}.`,
  ...(def.details ?? []).flatMap((text) => ['', text]),
  ...(def.args?.length ? ['', ...def.args.map(({ name, summary }) => `- \`${name}\`: ${summary}`)] : []),
  ...optionTable(def.options ?? []),
  '',
  '```sh',
  ...def.examples.map(({ run, what }) => `${run}  # ${what}`),
  '```',
  '',
  `Exit status: ${exitStatuses(def).join(', ')}.`,
];

export const buildCliPage = (defs: readonly CommandDef[]): string =>
  [
    MADE,
    '# The command line',
    '',
    'Results go to standard output, messages and progress to standard error. With `--json` every command but `exec` and',
    '`shell`, whose output is that of the program inside, prints one JSON document on standard output,',
    '`{"apiVersion":1,…}`, with times in ISO 8601 and raw figures (bytes, thousandths of a core); a failure is',
    '`{"apiVersion":1,"problem":{code, kind, message, hint, data}}` there, too. `events --json` prints one document a',
    'line. Colour is used on a terminal only and never alone.',
    '',
    'A command of root starts the daemon when none answers (by systemd where the unit is installed). `version`,',
    '`help`, `completion` and `man` never do.',
    '',
    'Text that a tenant may have chosen (its console, names of its files) is shown without the sequences that act on a',
    'terminal and with other control characters spelled out; only `logs --raw` prints bytes as they are.',
    '',
    '## Everywhere',
    ...optionTable(GLOBAL_OPTIONS),
    '',
    '## Exit statuses',
    '',
    '| status | meaning |',
    '|---|---|',
    ...Object.entries(EXIT_MEANING).map(([status, meaning]) => `| ${status} | ${cell(meaning)} |`),
    ...defs.flatMap(commandSection),
    '',
  ].join('\n');

/** Those that turn a message into another one: the page shows the ordinary one. */
const TURNS: ReadonlySet<string | symbol> = new Set(['count', 'inFile', 'madeFrom']);

/** Each value of a message by its name. */
const placeholders: ProblemData = new Proxy(
  {},
  { get: (_target, key) => (TURNS.has(key) ? undefined : `<${String(key)}>`) },
);

const errorSection = (code: ProblemCode): string[] => {
  const { kind, message, hint } = PROBLEMS[code];
  return [
    '',
    `## ${code}`,
    '',
    `Exit status ${EXIT_STATUS[kind]} (${kind}).`,
    '',
    '```text',
    `tenantctl: ${message(placeholders)}`,
    `hint: ${hint(placeholders)}`,
    '```',
  ];
};

export const buildErrorsPage = (): string =>
  [
    MADE,
    '# Errors',
    '',
    'Each problem has a code (in `--json` and in the API), says what failed with which value, and what to type next.',
    'Words in `<…>` stand for values.',
    ...(Object.keys(PROBLEMS) as ProblemCode[]).sort().flatMap(errorSection),
    '',
  ].join('\n');
