import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  diffProcesses,
  MERGE_MS,
  type OpenIncident,
  OTHER,
  pickLargestGroup,
  type Signal,
  sortSignals,
} from '../../src/domain/incidents.ts';

const signal = (at: number, change: Partial<Signal> = {}): Signal => ({
  tenant: 'alice',
  kind: 'oom-kill',
  at,
  text: `at ${at}`,
  action: '',
  figures: {},
  ...change,
});

const incident = (change: Partial<OpenIncident> = {}): OpenIncident => ({
  id: 1,
  tenant: 'alice',
  kind: 'oom-kill',
  openedAt: 0,
  lastAt: 0,
  count: 1,
  summary: 'first',
  action: '',
  outcome: '',
  ...change,
});

test('a first signal opens an incident, several of one kind in a tick open one', () => {
  const { open, update, close } = sortSignals([], [signal(1), signal(2), signal(2, { kind: 'cpu-throttled' })], 2);
  assert.deepEqual(
    open.map(({ kind }) => kind),
    ['oom-kill', 'cpu-throttled'],
  );
  assert.deepEqual([update, close], [[], []]);
});

test('a signal within 300 s adds to the open incident; the neighbour of the same kind has one of its own', () => {
  const { open, update } = sortSignals([incident()], [signal(299_999), signal(299_999, { tenant: 'bob' })], 299_999);
  assert.deepEqual(update, [incident({ lastAt: 299_999, count: 2, summary: 'at 299999' })]);
  assert.deepEqual(
    open.map(({ tenant }) => tenant),
    ['bob'],
  );
});

test('an action is kept when later signals have none', () => {
  const acted = incident({ action: 'its cap was lowered' });
  assert.equal(sortSignals([acted], [signal(5)], 5).update[0]?.action, 'its cap was lowered');
});

test('an incident closes when nothing was added for 300 s, and not a millisecond before', () => {
  assert.deepEqual(sortSignals([incident()], [], MERGE_MS - 1).close, []);
  assert.deepEqual(sortSignals([incident()], [], MERGE_MS).close, [incident()]);
});

test('CPU of processes that came and went between two readings is shown as other', () => {
  const read = (pid: number, cpuUsec: number) => ({ pid, startTicks: 1, name: `p${pid}`, cpuUsec, memory: 10 });
  const rest = { memory: 0, memoryDelta: 0 };
  assert.deepEqual(diffProcesses([read(1, 100)], [read(1, 400), read(2, 50)], 1000), [
    { name: 'p1', pid: 1, cpuUsec: 300, memory: 10, memoryDelta: 0 },
    { name: 'p2', pid: 2, cpuUsec: 50, memory: 10, memoryDelta: 10 },
    { name: OTHER, pid: 0, cpuUsec: 650, ...rest },
  ]);
});

test('memory is told by what it grew by, and who fills it is named however many compute', () => {
  const read = (pid: number, cpuUsec: number, memory: number) => ({
    ...{ pid, startTicks: 1, name: `p${pid}`, cpuUsec, memory },
  });
  const busy = (factor: number) => Array.from({ length: 10 }, (_, i) => read(i + 1, (i + 1) * factor, 50));
  const deltas = diffProcesses([...busy(100), read(99, 7, 800)], [...busy(200), read(99, 7, 1000)], 0);
  assert.equal(deltas.length, 8);
  assert.deepEqual(deltas.at(-1), { name: 'p99', pid: 99, cpuUsec: 0, memory: 1000, memoryDelta: 200 });
  assert.equal(diffProcesses([read(1, 0, 90)], [read(1, 0, 30)], 0)[0]?.memoryDelta, -60);
});

test('a pid that was given to another process counts from nothing', () => {
  const before = [{ pid: 1, startTicks: 1, name: 'a', cpuUsec: 900, memory: 0 }];
  const after = [{ pid: 1, startTicks: 2, name: 'b', cpuUsec: 30, memory: 0 }];
  assert.equal(diffProcesses(before, after, 0)[0]?.cpuUsec, 30);
});

test('the largest group is found by the sum of its processes; init and its group are never picked', () => {
  const at = (pid: number, group: number, memory: number, name = `p${pid}`) => ({ pid, group, memory, name });
  const picked = pickLargestGroup([at(1, 1, 900), at(5, 1, 900), at(2, 2, 60, 'big'), at(3, 2, 50), at(4, 4, 100)], 1);
  assert.deepEqual(picked && [picked.pids, picked.memory, picked.name], [[2, 3], 110, 'big']);
  assert.equal(pickLargestGroup([at(1, 1, 900)], 1), undefined);
});

test('a signal after the time of an incident that a dead daemon left open is another incident', () => {
  const { open, update, close } = sortSignals([incident()], [signal(MERGE_MS)], MERGE_MS);
  assert.deepEqual([open.length, update.length], [1, 0]);
  assert.deepEqual(close, [incident()]);
});

test('while what an act did holds, its incident goes on without a signal', () => {
  const isHeld = ({ kind }: OpenIncident): boolean => kind === 'score-cpu';
  const [held, other] = [incident({ id: 2, kind: 'score-cpu' }), incident()];
  const later = 7 * MERGE_MS;
  assert.deepEqual(sortSignals([held, other], [], later, isHeld), {
    open: [],
    update: [],
    goOn: [{ ...held, lastAt: later }],
    close: [other],
  });
});

test('the end of what held is told as the outcome, also of an incident that nobody watched for long', () => {
  const held = incident({ kind: 'score-cpu', action: 'penalty', outcome: '' });
  const end = signal(9 * MERGE_MS, { kind: 'score-cpu', action: 'penalty-ended', ending: 'its penalty is over' });
  const { open, update, close } = sortSignals([held], [end], 9 * MERGE_MS);
  assert.deepEqual([open, close], [[], []]);
  assert.deepEqual(update, [{ ...held, lastAt: 9 * MERGE_MS, outcome: 'its penalty is over' }]);
  const again = signal(9 * MERGE_MS + 5, { kind: 'score-cpu', action: 'penalty' });
  assert.equal(sortSignals(update, [again], again.at).update[0]?.outcome, '');
});

test('an incident of a time to come, after the clock was set back, is closed', () => {
  const ahead = incident({ lastAt: 86_400_000 });
  const { open, close } = sortSignals([ahead], [signal(5)], 5);
  assert.deepEqual([open.length, close], [1, [ahead]]);
});
