// What people may do to the scheduler's memory: pardon, grant credits, give credits from one tenant to another.

import { CREDIT_USEC } from '../domain/credits.ts';
import { applyCommand, type PolicyCommand } from '../domain/policy-commands.ts';
import type { Tenant } from '../domain/tenant.ts';
import { writeDecisions } from './decision-log.ts';
import { type Engine, requireReady } from './engine.ts';
import { recordEvent } from './reconcile.ts';
import { decideNow, takeConfig } from './scheduler.ts';

/**
 * Applied, decided on and written before anybody is told; a replay is given the same command.
 * @returns microseconds of credits that moved
 */
const runCommand = (engine: Engine, command: PolicyCommand): number => {
  const { scheduler, ports } = engine;
  const { states, moved } = applyCommand(scheduler.states, takeConfig(engine), command);
  const { do: kind, tenant, ...data } = command;
  scheduler.outbox.addCommand({ at: Math.round(ports.clock.now()), kind, tenant, data });
  scheduler.states = { ...states };
  decideNow(engine);
  writeDecisions(engine);
  return moved;
};

/** Ends a penalty, forgets the score and what led to it. @returns the tenant */
export const pardonTenant = (engine: Engine, text: string, by: string): Tenant => {
  const tenant = requireReady(engine, text);
  const before = engine.scheduler.states[tenant.name];
  runCommand(engine, { do: 'pardon', tenant: tenant.name });
  const event = {
    type: 'pardoned',
    tenant: tenant.name,
    text: `${tenant.name} was pardoned${before?.penalty ? ': its penalty ends' : ''}`,
    data: { occurrences: before?.occurrences ?? 0 },
  } as const;
  recordEvent(engine.ports, { by }, event);
  return tenant;
};

/**
 * Credits for a tenant: a present of the box, or from another tenant's bank.
 * @param amount vCPU-minutes
 * @returns vCPU-minutes that were moved: no more than the bank can hold
 * @throws Problem CREDITS_OFF, CREDITS_SHORT, CREDITS_SELF, TENANT_MISSING
 */
export const moveCredits = (
  engine: Engine,
  text: string,
  amount: number,
  from: { readonly tenant?: string | undefined; readonly by: string },
): { readonly tenant: Tenant; readonly moved: number } => {
  const tenant = requireReady(engine, text);
  const giver = from.tenant === undefined ? null : requireReady(engine, from.tenant).name;
  const usec = Math.round(amount * CREDIT_USEC);
  const command: PolicyCommand = giver
    ? { do: 'give', from: giver, tenant: tenant.name, amount: usec }
    : { do: 'grant', tenant: tenant.name, amount: usec };
  const credits = Number((runCommand(engine, command) / CREDIT_USEC).toFixed(3));
  recordEvent(engine.ports, from, {
    type: 'credits-moved',
    tenant: tenant.name,
    text: `${tenant.name} got ${credits} credits${giver ? ` from ${giver}` : ''}`,
    data: { credits, from: giver },
  });
  return { tenant, moved: credits };
};
