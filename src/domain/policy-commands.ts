// What people do to the scheduler's memory: pardon, grant and give. Data, so that it can be recorded and replayed.

import { giveCredits, grantCredits } from './credits.ts';
import { pardon } from './ladder.ts';
import { EMPTY_STATE, type HouseConfig, type PolicyState } from './policy-types.ts';

export type PolicyCommand =
  | { readonly do: 'pardon'; readonly tenant: string }
  /** Microseconds of vCPU. */
  | { readonly do: 'grant'; readonly tenant: string; readonly amount: number }
  | { readonly do: 'give'; readonly from: string; readonly tenant: string; readonly amount: number };

export type States = Readonly<Record<string, PolicyState>>;

/** As the daemon does at each change of the configuration: who is gone is forgotten, and begins anew under the same name. */
export const forgetGone = (states: States, { tenants }: HouseConfig): States =>
  Object.fromEntries(Object.entries(states).filter(([name]) => Object.hasOwn(tenants, name)));

const stateOf = (states: States, name: string): PolicyState =>
  (Object.hasOwn(states, name) ? states[name] : undefined) ?? EMPTY_STATE;

/**
 * The states after a command.
 * @returns the states, and how many credits were moved (0 for a pardon)
 * @throws Problem CREDITS_OFF, CREDITS_SHORT, CREDITS_SELF
 */
export const applyCommand = (
  states: States,
  config: HouseConfig,
  command: PolicyCommand,
): { readonly states: States; readonly moved: number } => {
  const bank = (name: string) => {
    const { credits } = stateOf(states, name);
    const tenant = Object.hasOwn(config.tenants, name) ? config.tenants[name] : undefined;
    return { name, balance: credits, rule: tenant?.rules.credits ?? null };
  };
  const keep = (name: string, credits: number): States => ({ [name]: { ...stateOf(states, name), credits } });
  const { tenant } = command;
  switch (command.do) {
    case 'pardon':
      return { states: { ...states, [tenant]: pardon(stateOf(states, tenant)) }, moved: 0 };
    case 'grant': {
      const { balance, moved } = grantCredits(bank(tenant), command.amount);
      return { states: { ...states, ...keep(tenant, balance) }, moved };
    }
    case 'give': {
      const { giver, receiver, moved } = giveCredits(bank(command.from), bank(tenant), command.amount);
      return { states: { ...states, ...keep(command.from, giver), ...keep(tenant, receiver) }, moved };
    }
  }
};
