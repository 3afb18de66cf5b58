// What a command is: data, from which parsing, help, the man page, completions and docs/cli.md are made.

import type { Context } from './context.ts';

/** What a word stands for, so that a shell can complete it. */
export type Completes = 'tenant' | 'plan' | 'trash' | 'base' | 'template' | 'command' | 'file' | 'none';

export interface OptionDef {
  readonly long: string;
  readonly short?: string;
  /** Hint for the value (`SIZE`); absent for a switch. */
  readonly value?: string;
  readonly summary: string;
  readonly choices?: readonly string[];
  readonly completes?: Completes;
  /** May be given more than once; each time adds a value. */
  readonly repeats?: true;
}

export interface ArgDef {
  readonly name: string;
  readonly summary: string;
  readonly optional?: boolean;
  readonly choices?: readonly string[];
  readonly completes?: Completes;
}

export interface Example {
  readonly run: string;
  readonly what: string;
}

export interface Input {
  readonly args: readonly string[];
  /** By long name; a switch that was given is `true`, an option that repeats is the list of its values. */
  readonly options: Readonly<Record<string, string | true | readonly string[]>>;
  /** Words after the arguments, for commands that pass them on. */
  readonly rest: readonly string[];
}

/** @returns the exit status */
export type Action = (context: Context, input: Input) => Promise<number>;

export interface CommandDef {
  /** `ls`, `template build`. */
  readonly name: string;
  readonly summary: string;
  /** Paragraphs below the summary. */
  readonly details?: readonly string[];
  readonly args?: readonly ArgDef[];
  /** Name of the words that are passed on untouched (`COMMAND…`). */
  readonly rest?: string;
  readonly options?: readonly OptionDef[];
  /** Its output is that of a program inside a tenant, which --json cannot make a document of. */
  readonly isForeign?: true;
  readonly examples: readonly Example[];
  /** Statuses beyond 0, 1, 2, 4 and 6, which every command may have. */
  readonly exits?: readonly number[];
  readonly load: () => Promise<Action>;
}

export const GLOBAL_OPTIONS: readonly OptionDef[] = [
  { long: 'json', summary: 'print one JSON document instead of text (problems too)' },
  { long: 'no-color', summary: 'no colour; so do NO_COLOR, TENANTCTL_NO_COLOR and TERM=dumb' },
  { long: 'debug', summary: 'show the stack of an error' },
  { long: 'help', short: 'h', summary: 'show help' },
  { long: 'version', short: 'V', summary: 'show the version' },
];

/** Those that a command takes. */
export const globalOptionsOf = ({ isForeign }: CommandDef): readonly OptionDef[] =>
  isForeign ? GLOBAL_OPTIONS.filter(({ long }) => long !== 'json') : GLOBAL_OPTIONS;

/** `text` of an option with a value; undefined when it was not given. */
export const textOption = (input: Input, name: string): string | undefined => {
  const value = input.options[name];
  return typeof value === 'string' ? value : undefined;
};

/** The values of an option that repeats, in order. */
export const listOption = (input: Input, name: string): readonly string[] => {
  const value = input.options[name];
  return Array.isArray(value) ? value : [];
};

export const hasSwitch = (input: Input, name: string): boolean => input.options[name] === true;
