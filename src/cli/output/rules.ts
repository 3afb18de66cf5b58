// Rules and plans: the table of `show --rules`, of `plan ls`, and a plan as a file has it. Pure.

import type { PlanView, RuleRowView } from '../../api/scheduler-contract.ts';
import { escapeLine } from '../../reports/escape.ts';
import { UNKNOWN } from './cells.ts';
import type { Paint } from './style.ts';
import { type Column, renderTable } from './table.ts';

interface Look {
  readonly width: number;
  readonly paint: Paint;
}

const RULES: readonly Column<RuleRowView>[] = [
  { title: 'RULE', cell: ({ key }) => key },
  { title: 'FROM', cell: ({ origin }) => ({ text: origin, tone: origin === 'default' ? 'quiet' : 'good' }) },
  { title: 'VALUE', cell: ({ value }) => escapeLine(value) },
];

/** Each key with the value in force and the layer it came from. */
export const renderRules = (rows: readonly RuleRowView[], look: Look): string => renderTable(RULES, rows, look);

const setText = (rules: PlanView['rules']): string =>
  Object.entries(rules)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');

const PLANS: readonly Column<PlanView>[] = [
  { title: 'PLAN', cell: ({ name }) => name },
  { title: 'USED BY', cell: ({ usedBy }) => usedBy.join(', ') || UNKNOWN },
  { title: 'RULES', priority: 2, cuts: true, cell: ({ rules }) => escapeLine(setText(rules)) || 'as the defaults' },
];

export const renderPlans = (plans: readonly PlanView[], look: Look): string => renderTable(PLANS, plans, look);

/** A value that YAML could take for something else is quoted; JSON's strings are YAML's. */
const yamlText = (value: string): string => (/^[A-Za-z][A-Za-z0-9=.,/-]*$/.test(value) ? value : JSON.stringify(value));

/** Goes into a file as it is. */
export const renderPlan = ({ name, rules, usedBy }: PlanView): string => {
  const lines = Object.entries(rules).map(([key, value]) => `    ${key}: ${yamlText(value)}\n`);
  const body = lines.length === 0 ? `  ${name}: {}\n` : `  ${name}:\n${lines.join('')}`;
  return `# used by: ${usedBy.join(', ') || 'nobody'}\nplans:\n${body}`;
};
