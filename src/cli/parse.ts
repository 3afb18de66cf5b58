// Words of the command line -> input of one command. Pure. Ours, not commander's: loading that costs 9 ms of 22.

import { problem } from '../domain/errors.ts';
import { nearestName, spellOut } from '../domain/names.ts';
import type { CommandDef, Input, OptionDef } from './definition.ts';
import { GLOBAL_OPTIONS } from './definition.ts';

const show = (text: string): string => `"${spellOut(text)}"`;

const wrong = (what: string, command: string): Error => problem('USAGE', { what, command });

const didYouMean = (near: string | undefined): string => (near === undefined ? '' : `; did you mean ${near}?`);

/** Splits the words before the command from the rest. */
export const splitGlobals = (argv: readonly string[]): { globals: string[]; words: string[] } => {
  const first = argv.findIndex((word) => !word.startsWith('-') || word === '-' || word === '--');
  const at = first < 0 ? argv.length : first;
  return { globals: argv.slice(0, at), words: argv.slice(at) };
};

/**
 * The longest known name at the front: `template build` before `template`.
 * @throws Problem USAGE with the nearest known name
 */
export const pickCommand = (words: readonly string[], known: readonly string[]): { name: string; rest: string[] } => {
  const two = words.slice(0, 2).join(' ');
  if (words.length > 1 && known.includes(two)) return { name: two, rest: words.slice(2) };
  const one = words[0] ?? '';
  if (known.includes(one)) return { name: one, rest: words.slice(1) };
  const subs = known.filter((name) => name.startsWith(`${one} `)).map((name) => name.slice(one.length + 1));
  if (subs.length > 0) throw wrongSub(one, words[1], subs);
  const tops = [...new Set(known.map((name) => name.split(' ')[0] ?? name))].filter((name) => !name.startsWith('_'));
  throw wrong(`unknown command ${show(one)}${didYouMean(nearestName(one, tops))}`, '');
};

const wrongSub = (group: string, sub: string | undefined, subs: readonly string[]): Error => {
  const list = subs.join(', ');
  if (sub === undefined || sub.startsWith('-')) return wrong(`${group} needs one of: ${list}`, group);
  return wrong(
    `unknown command ${show(`${group} ${sub}`)}, known: ${list}${didYouMean(nearestName(sub, subs))}`,
    group,
  );
};

interface Parsing {
  readonly def: Pick<CommandDef, 'name'> & Partial<CommandDef>;
  readonly known: readonly OptionDef[];
  readonly options: Record<string, string | true | readonly string[]>;
  readonly words: string[];
}

const findOption = ({ known, def }: Parsing, word: string): OptionDef => {
  const name = word.split('=', 1)[0] ?? word;
  const found = known.find(({ long, short }) => name === `--${long}` || (short !== undefined && name === `-${short}`));
  if (found) return found;
  const near = nearestName(
    name.replace(/^-+/, ''),
    known.map(({ long }) => long),
  );
  throw wrong(`unknown option ${show(name)}${didYouMean(near === undefined ? undefined : `--${near}`)}`, def.name);
};

const readValue = (parsing: Parsing, option: OptionDef, word: string): string => {
  const at = word.indexOf('=');
  const inline = at < 0 ? undefined : word.slice(at + 1);
  const next = parsing.words[0];
  const value = inline ?? (next?.startsWith('--') ? undefined : parsing.words.shift());
  const flag = `--${option.long}`;
  if (value === undefined) throw wrong(`${flag} needs a value: ${flag} ${option.value}`, parsing.def.name);
  if (value.trim() === '') throw wrong(`${flag} is empty: write ${flag} ${option.value}`, parsing.def.name);
  if (option.choices && !option.choices.includes(value))
    throw wrong(`${flag} is ${show(value)}, but must be one of: ${option.choices.join(', ')}`, parsing.def.name);
  return value;
};

const takeOption = (parsing: Parsing, word: string): void => {
  const option = findOption(parsing, word);
  const flag = `--${option.long}`;
  const isGlobal = GLOBAL_OPTIONS.includes(option);
  const before = parsing.options[option.long];
  if (before !== undefined && !isGlobal && !option.repeats) throw wrong(`${flag} is given twice`, parsing.def.name);
  if (option.value === undefined && word.includes('=')) throw wrong(`${flag} takes no value`, parsing.def.name);
  const value = option.value === undefined ? true : readValue(parsing, option, word);
  parsing.options[option.long] = option.repeats ? [...(Array.isArray(before) ? before : []), String(value)] : value;
};

const checkArgs = (parsing: Parsing, args: readonly string[]): void => {
  const defs = parsing.def.args ?? [];
  if (parsing.options['help'] === true || parsing.options['version'] === true) return;
  const missing = defs[args.length];
  if (missing && !missing.optional) throw wrong(`${parsing.def.name}: ${missing.name} is missing`, parsing.def.name);
  const extra = args[defs.length];
  if (extra !== undefined) throw wrong(`${parsing.def.name}: unexpected ${show(extra)}`, parsing.def.name);
  for (const [i, { name, choices }] of defs.entries()) {
    const value = args[i];
    if (choices && value !== undefined && !choices.includes(value))
      throw wrong(`${name} is ${show(value)}, but must be one of: ${choices.join(', ')}`, parsing.def.name);
  }
};

/**
 * Options may stand before, between and after arguments; `--` ends them. A command that passes words on takes
 * everything after its arguments as it is.
 * @throws Problem USAGE
 */
export const parseInput = (def: Parsing['def'], given: readonly string[]): Input => {
  const parsing: Parsing = {
    def,
    known: [...(def.options ?? []), ...GLOBAL_OPTIONS],
    options: {},
    words: [...given],
  };
  const args = takeWords(parsing);
  checkArgs(parsing, args);
  return { args, options: parsing.options, rest: parsing.words };
};

const takeWords = (parsing: Parsing): string[] => {
  const args: string[] = [];
  const { rest, args: defs = [] } = parsing.def;
  for (let word = parsing.words.shift(); word !== undefined; word = parsing.words.shift()) {
    if (word === '--') {
      if (rest === undefined) args.push(...parsing.words.splice(0));
      return args;
    }
    if (word.startsWith('-') && word !== '-') takeOption(parsing, word);
    else if (rest !== undefined && args.length === defs.length) {
      parsing.words.unshift(word);
      return args;
    } else args.push(word);
  }
  return args;
};
