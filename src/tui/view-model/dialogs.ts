// Menus, questions, forms and the help as lines. Pure.

import { COLUMNS } from '../columns.ts';
import { buildHelp } from '../keymap.ts';
import { describeTargets } from '../state/acts.ts';
import { checkForm } from '../state/form-check.ts';
import type { Dialog, Form, State, Verb } from '../state/types.ts';
import { EMPTY_LINE, fitText, type Line, line, type Span, span, wrapText } from './lines.ts';

type Of<K extends Dialog['kind']> = Extract<Dialog, { kind: K }>;

const CURSOR: Span = { text: ' ', inverse: true };

export const menuLines = ({ title, items, index }: Of<'menu'>, state: State): Line[] => [
  line(title, 'strong'),
  ...items.map(({ key, label }, i): Line => {
    const text = `${i === index ? state.theme.glyphs.select : ' '} ${key}  ${label}`;
    return i === index ? [{ text, inverse: true }] : line(text);
  }),
];

const WARNINGS: { readonly [K in Verb]?: string } = {
  stop: 'its processes are asked to end, and killed when they do not',
  restart: 'its processes end, and it starts anew',
  delete: 'it stops and goes into the trash with its files; tenantctl trash restore brings it back until it expires',
};

export const questionLines = ({ verb, names, want, typed }: Of<'confirm'>, { size }: State): Line[] => [
  line(`${verb} ${describeTargets(names)}?`, 'strong'),
  ...wrapText(names.length > 1 ? names.join(', ') : '', size.columns).map((text) => line(text)),
  ...wrapText(WARNINGS[verb] ?? '', size.columns).map((text) => line(text)),
  [span(`type ${want} and Enter, or Esc: `), span(typed, typed === want ? 'strong' : undefined), CURSOR],
];

const FORM_TITLES = {
  create: () => 'create a tenant',
  limits: (names: readonly string[]) =>
    `limits of ${describeTargets(names)}${names.length > 1 ? ': what stays empty stays as it is' : ''}`,
  credits: (names: readonly string[]) => `give credits to ${describeTargets(names)}`,
};

const formTitle = ({ purpose }: Form): string =>
  FORM_TITLES[purpose.kind](purpose.kind === 'create' ? [] : purpose.names);

const LABEL_WIDTH = 14;
const VALUE_WIDTH = 24;

/** The fields around the cursor, where not all of them fit. */
const around = (rows: readonly Line[], index: number, height: number): readonly Line[] => {
  const from = Math.max(0, Math.min(index - Math.floor(height / 2), rows.length - height));
  return rows.slice(from, from + height);
};

/** With the button and the cost below, however low the screen is: they are looked at together with the fields. */
export const formLines = ({ form }: Of<'form'>, state: State, height = Number.MAX_SAFE_INTEGER): Line[] => {
  const { errors, preview, blocked } = checkForm(form, state);
  const { glyphs } = state.theme;
  const fields = form.fields.map(({ id, label, hint, value }, i): Line => {
    const isHere = i === form.index;
    const error = errors[id];
    return [
      span(isHere ? `${glyphs.select} ` : '  '),
      span(fitText(label, LABEL_WIDTH), isHere ? 'strong' : undefined),
      ...(isHere
        ? [span(value), CURSOR, span(' '.repeat(Math.max(1, VALUE_WIDTH + 1 - value.length)))]
        : [span(fitText(value, VALUE_WIDTH + 2))]),
      error === undefined ? span(hint, 'quiet') : span(`! ${error}`, 'bad'),
    ];
  });
  const isOnButton = form.index === form.fields.length;
  const button: Line = [
    span(isOnButton ? `${glyphs.select} ` : '  '),
    { text: blocked === undefined ? ' do it ' : ` ${blocked} `, inverse: isOnButton },
  ];
  const told = preview.flatMap((text) => wrapText(text, state.size.columns)).map((text) => line(text));
  const shown = around(fields, form.index, Math.max(3, height - 2 - told.length));
  return [line(formTitle(form), 'strong'), ...shown, button, ...told];
};

const KEYS_WIDTH = 20;

/** Made from the keymap and the columns: it cannot tell of keys that do not work. */
export const helpLines = (state: State): Line[] => {
  const { readOnly, theme, size } = state;
  const rows = (pairs: readonly { keys: string; text: string }[]): Line[] =>
    pairs.flatMap(({ keys, text }) =>
      wrapText(text, Math.max(20, size.columns - KEYS_WIDTH - 2)).map(
        (part, i): Line => [span(fitText(i === 0 ? `  ${keys}` : '', KEYS_WIDTH), 'strong'), span(part)],
      ),
    );
  const places = buildHelp(readOnly, theme.glyphs.ascii).flatMap(({ title, rows: bindings }): Line[] => [
    line(title, 'strong'),
    ...rows(bindings),
    EMPTY_LINE,
  ]);
  const columns = COLUMNS.map(({ id, title, help }) => ({ keys: title || id, text: help }));
  return [...places, line('Columns', 'strong'), ...rows(columns)];
};
