// One run of the command line: words -> command -> exit status. Nothing is loaded that the command does not need.

import { type Problem, problem, reportProblem, toProblem } from '../domain/errors.ts';
import { escapeText } from '../reports/escape.ts';
import { buildContext } from './build-context.ts';
import { COMMANDS } from './commands.ts';
import type { Context } from './context.ts';
import type { CommandDef, Input } from './definition.ts';
import { EXIT_INTERRUPTED, EXIT_STATUS } from './exit-status.ts';
import { parseInput, pickCommand, splitGlobals } from './parse.ts';
import type { Surroundings } from './surroundings.ts';

interface Invocation {
  readonly def: CommandDef | undefined;
  readonly group: string;
  readonly input: Input;
}

const isSet = (input: Input, name: string): boolean => input.options[name] === true;

/** Globals before the command count as if they stood behind it. */
const readInvocation = async (argv: readonly string[]): Promise<Invocation> => {
  const { globals, words } = splitGlobals(argv);
  const before = parseInput({ name: '' }, globals);
  if (words.length === 0) return { def: undefined, group: '', input: before };
  const wantsHelp = isSet(before, 'help') || words.includes('--help') || words.includes('-h');
  const group = words[0] ?? '';
  if (wantsHelp && isGroup(group) && !isKnown(words)) return { def: undefined, group, input: before };
  const { name, rest } = pickCommand(words, Object.keys(COMMANDS));
  const load = COMMANDS[name];
  if (!load) throw problem('INTERNAL', { what: `command ${name} is not listed` });
  const def = await load();
  const input = parseInput(def, isSet(before, 'help') ? [...rest, '--help'] : rest);
  return { def, group: '', input: { ...input, options: { ...before.options, ...input.options } } };
};

const isGroup = (word: string): boolean => Object.keys(COMMANDS).some((name) => name.startsWith(`${word} `));

const isKnown = (words: readonly string[]): boolean => words.slice(0, 2).join(' ') in COMMANDS;

const act = async (context: Context, { def, group, input }: Invocation): Promise<number> => {
  if (isSet(input, 'version')) return (await (await import('./commands/version.ts')).version.load())(context, input);
  if (isSet(input, 'help') || def === undefined) {
    const { showHelp } = await import('./help.ts');
    return showHelp(context, { def, group, asked: isSet(input, 'help') });
  }
  if (def.isForeign && context.json) {
    const what = `${def.name}: its output is that of the program inside, there is no --json; one for that program goes behind --`;
    throw problem('USAGE', { what, command: def.name });
  }
  const run = await def.load();
  return run(context, input);
};

/** What, then the hint; the document with --json. */
const tellProblem = (around: Surroundings, error: Problem, how: { json: boolean; debug: boolean }): void => {
  if (how.json) {
    around.stdout.write(`${JSON.stringify({ apiVersion: 1, problem: reportProblem(error) })}\n`);
  } else {
    around.stderr.write(`tenantctl: ${escapeText(error.message)}\n`);
    around.stderr.write(`hint: ${escapeText(error.hint)}\n`);
  }
  if (how.debug) around.stderr.write(`${escapeText(formatStack(error))}\n`);
};

const formatStack = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${formatStack(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
};

/** Switches that matter even when the words could not be read; those behind `--` belong to somebody else. */
const glance = (argv: readonly string[], name: string): boolean => {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).includes(`--${name}`);
};

/** Never throws. @returns the exit status */
export const runCli = async (argv: readonly string[], around: Surroundings): Promise<number> => {
  let how = { json: glance(argv, 'json'), debug: glance(argv, 'debug') };
  try {
    const invocation = await readInvocation(argv);
    const { input } = invocation;
    how = { json: isSet(input, 'json'), debug: isSet(input, 'debug') };
    return await act(buildContext(around, { json: how.json, noColor: isSet(input, 'no-color') }), invocation);
  } catch (error) {
    const told = toProblem(error);
    tellProblem(around, told, how);
    return told.code === 'CANCELLED' ? EXIT_INTERRUPTED : EXIT_STATUS[told.kind];
  }
};
