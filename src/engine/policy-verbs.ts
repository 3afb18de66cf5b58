// What people may do to the scheduler's memory: pardon, grant credits, give credits from one tenant to another.

import { type Bank, CREDIT_USEC, giveCredits, grantCredits } from '../domain/credits.ts';
import { pardon } from '../domain/ladder.ts';
import { EMPTY_STATE, type PolicyState } from '../domain/policy-types.ts';
import type { Tenant } from '../domain/tenant.ts';
import type { Command } from '../ports/history.ts';
import { type Engine, requireReady } from './engine.ts';
import { recordEvent } from './reconcile.ts';
import { decideNow, rulesOf } from './scheduler.ts';

const stateOf = (engine: Engine, { name }: Tenant): PolicyState => engine.scheduler.states[name] ?? EMPTY_STATE;

/** The new states are decided on and written before anybody is told; a replay is given the command. */
const keepStates = (
  engine: Engine,
  changes: Readonly<Record<string, PolicyState>>,
  command: Omit<Command, 'at'>,
): void => {
  engine.decisions.note({ ...command, at: Math.round(engine.ports.clock.now()) });
  Object.assign(engine.scheduler.states, changes);
  decideNow(engine);
  engine.decisions.write(engine);
};

/** Ends a penalty, forgets the score and what led to it. @returns the tenant */
export const pardonTenant = (engine: Engine, text: string, by: string): Tenant => {
  const tenant = requireReady(engine, text);
  const before = stateOf(engine, tenant);
  keepStates(engine, { [tenant.name]: pardon(before) }, { kind: 'pardon', tenant: tenant.name, data: {} });
  recordEvent(
    engine.ports,
    { by },
    {
      type: 'pardoned',
      tenant: tenant.name,
      text: `${tenant.name} was pardoned${before.penalty ? ': its penalty ends' : ''}`,
      data: { occurrences: before.occurrences },
    },
  );
  return tenant;
};

const bankOf = (engine: Engine, tenant: Tenant): Bank => ({
  name: tenant.name,
  balance: stateOf(engine, tenant).credits,
  rule: rulesOf(engine.ports.registry.current, tenant).credits,
});

const withCredits = (engine: Engine, tenant: Tenant, credits: number): PolicyState => ({
  ...stateOf(engine, tenant),
  credits,
});

/**
 * Credits for a tenant: a present of the box, or from another tenant's bank.
 * @param amount vCPU-minutes
 * @returns vCPU-minutes that were moved: no more than the bank can hold
 * @throws Problem CREDITS_OFF, CREDITS_SHORT, TENANT_MISSING
 */
export const moveCredits = (
  engine: Engine,
  text: string,
  amount: number,
  from: { readonly tenant?: string | undefined; readonly by: string },
): { readonly tenant: Tenant; readonly moved: number } => {
  const tenant = requireReady(engine, text);
  const giver = from.tenant === undefined ? undefined : requireReady(engine, from.tenant);
  const usec = Math.round(amount * CREDIT_USEC);
  const bank = bankOf(engine, tenant);
  const given = giver ? giveCredits(bankOf(engine, giver), bank, usec) : undefined;
  const granted = given ? undefined : grantCredits(bank, usec);
  const moved = (given ?? granted)?.moved ?? 0;
  const changes = {
    [tenant.name]: withCredits(engine, tenant, given?.receiver ?? granted?.balance ?? 0),
    ...(giver && given ? { [giver.name]: withCredits(engine, giver, given.giver) } : {}),
  };
  keepStates(engine, changes, {
    kind: giver ? 'give' : 'grant',
    tenant: tenant.name,
    data: { usec, from: giver?.name ?? null },
  });
  const minutes = Number((moved / CREDIT_USEC).toFixed(3));
  recordEvent(engine.ports, from, {
    type: 'credits-moved',
    tenant: tenant.name,
    text: `${tenant.name} got ${minutes} credits${giver ? ` from ${giver.name}` : ''}`,
    data: { credits: minutes, from: giver?.name ?? null },
  });
  return { tenant, moved: minutes };
};
