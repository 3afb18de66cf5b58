// The manual page tenantctl(1), in the language of man(7), from definitions. Pure.

import { type CommandDef, GLOBAL_OPTIONS, type OptionDef } from '../definition.ts';
import { EXIT_MEANING } from '../exit-status.ts';
import { capital, exitStatuses, optionFlags, usageLine } from '../output/help.ts';

/** A line that begins with a dot or a quote would be an instruction; a plain "-" becomes a hyphen. */
const text = (line: string): string =>
  line
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');

const optionBlock = (options: readonly OptionDef[]): string[] =>
  options.flatMap((option) => ['.TP', `.B ${text(optionFlags(option))}`, text(`${option.summary}.`)]);

const commandBlock = (def: CommandDef): string[] => [
  `.SS ${text(usageLine(def))}`,
  text(`${capital(def.summary)}.`),
  ...(def.details ?? []).flatMap((line) => ['.PP', text(line)]),
  ...optionBlock(def.options ?? []),
  ...def.examples.flatMap(({ run, what }) => ['.PP', `${text(capital(what))}:`, '.RS', '.nf', text(run), '.fi', '.RE']),
  '.PP',
  `Exit status: ${exitStatuses(def).join(', ')}.`,
];

const environment: readonly (readonly [string, string])[] = [
  ['TENANTCTL_STATE', 'folder of the registry, disks and bases; /var/lib/tenantctl if not set'],
  ['TENANTCTL_RUN', 'folder of the socket; /run/tenantctl if not set'],
  ['TENANTCTL_CONFIG', 'configuration of the daemon; /etc/tenantctl/config.yaml if not set'],
  ['NO_COLOR, TENANTCTL_NO_COLOR', 'no colour when not empty'],
];

export const buildManPage = (defs: readonly CommandDef[], version: string): string =>
  [
    `.TH TENANTCTL 1 "" "tenantctl ${version}" "tenantctl"`,
    '.SH NAME',
    'tenantctl \\- several servers in one: isolated tenants with live limits on one shared box',
    '.SH SYNOPSIS',
    '.B tenantctl',
    '.I COMMAND',
    '[OPTIONS]',
    '.SH DESCRIPTION',
    text(
      'Each tenant is a server of its own inside this one: own root shell, files, processes and address, with a share of CPU, memory and disk that nobody else can take.',
    ),
    text(
      'Results go to standard output, messages to standard error. A daemon does the work; commands of root start it.',
    ),
    '.SH GLOBAL OPTIONS',
    ...optionBlock(GLOBAL_OPTIONS),
    '.SH COMMANDS',
    ...defs.flatMap(commandBlock),
    '.SH EXIT STATUS',
    ...Object.entries(EXIT_MEANING).flatMap(([status, meaning]) => ['.TP', `.B ${status}`, text(meaning)]),
    '.SH ENVIRONMENT',
    ...environment.flatMap(([name, meaning]) => ['.TP', `.B ${text(name)}`, text(meaning)]),
    '.SH SEE ALSO',
    '.BR lxc (7),',
    '.BR cgroups (7),',
    '.BR namespaces (7)',
    '',
  ].join('\n');
