// Why a tenant is slow: of all it loses time to, the largest, in one sentence and then in figures.

import { formatBytes, formatCpu } from './units.ts';
import { capLoss, cpuLoss, ioLoss, type Loss, memoryCapLoss, memoryLoss, type WhyCause } from './why-losses.ts';
import { type Average, buildView, type WhyInput, type WhyView } from './why-view.ts';

export interface Why {
  readonly cause: WhyCause;
  /** Set when the cause is a neighbour. */
  readonly neighbour: string | null;
  readonly sentence: string;
  readonly figures: readonly { readonly name: string; readonly value: string }[];
}

/** Neighbours in the figures. */
const MOST_NEIGHBOURS = 3;

const cores = (millis: number): string => `${formatCpu(Math.round(millis))} cores`;
const ofTime = (perMille: number): string =>
  perMille < 0 ? 'not told by this kernel' : `${Math.round(perMille / 10)} % of the time`;

const figuresOf = (view: WhyView): Why['figures'] => {
  const { own, house, others, holds } = view;
  const largest: readonly Average[] = [...others].sort((a, b) => b.cpu - a.cpu).slice(0, MOST_NEIGHBOURS);
  return [
    { name: 'cpu', value: `${cores(own.cpu)}; it owns ${cores(own.share * house.cpu)}` },
    { name: 'throttled', value: `${Math.round(own.throttled / 10)} % of periods` },
    { name: 'waits for cpu', value: ofTime(own.cpuPressure) },
    { name: 'memory', value: `${formatBytes(own.memory)}; it owns ${formatBytes(own.share * house.memory)}` },
    { name: 'waits for memory', value: ofTime(own.memoryPressure) },
    { name: 'waits for the disk', value: ofTime(own.ioPressure) },
    { name: 'all tenants', value: `${cores(view.used)} of ${cores(house.cpu)}` },
    { name: 'outside of tenants', value: cores(view.outside) },
    {
      name: 'memory of the host',
      value: `${formatBytes(view.memoryAvailable)} left of ${formatBytes(view.memoryTotal)}`,
    },
    ...largest.map(({ name, cpu, memory }) => ({
      name: `neighbour ${name}`,
      value: `${cores(cpu)}, ${formatBytes(memory)}`,
    })),
    ...holds.map(({ rule, resource, text }) => ({ name: `${rule} ${resource}`, value: text })),
  ];
};

/** It does not run: by a penalty, or because somebody wanted it so. */
const notRunning = ({ own, up, held, holds }: WhyView): Loss | undefined => {
  if (held !== 'none') {
    const sentence = `${own.name} is ${holds[0]?.text ?? `${held} by a penalty`}`;
    return { cause: 'penalty', neighbour: null, loss: 1000, sentence };
  }
  if (up === 'running') return undefined;
  return { cause: 'not-running', neighbour: null, loss: 1000, sentence: `${own.name} is ${up ?? 'not there'}` };
};

/** The largest loss; of equals the one that is nearest to the tenant itself. */
const pickLoss = (view: WhyView): Loss => {
  const losses = [capLoss, memoryCapLoss, cpuLoss, memoryLoss, ioLoss].flatMap((find) => find(view));
  let worst: Loss | undefined;
  for (const loss of losses) if (loss.loss > (worst?.loss ?? 0)) worst = loss;
  if (worst) return worst;
  return { cause: 'nothing', neighbour: null, loss: 0, sentence: `nothing holds ${view.own.name} back` };
};

/**
 * Says what holds a tenant back, from the frames of about ten seconds: now, or around a time.
 * @returns one cause, with the neighbour if it is one
 */
export const explainWhy = (input: WhyInput): Why => {
  const view = buildView(input);
  const { cause, neighbour, sentence } = notRunning(view) ?? pickLoss(view);
  return { cause, neighbour, sentence, figures: figuresOf(view) };
};
