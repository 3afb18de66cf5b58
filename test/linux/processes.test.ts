import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openProcesses } from '../../src/linux/processes.ts';

const withProc = (stats: Readonly<Record<string, string>>, act: (proc: string) => void): void => {
  const proc = mkdtempSync(join(tmpdir(), 'proc-'));
  try {
    writeFileSync(join(proc, 'stat'), 'cpu 1 2 3\nbtime 1000\n');
    for (const [pid, text] of Object.entries(stats)) {
      mkdirSync(join(proc, pid));
      writeFileSync(join(proc, pid, 'stat'), text);
    }
    act(proc);
  } finally {
    rmSync(proc, { recursive: true });
  }
};

const stat = (pid: number, comm: string): string =>
  `${pid} (${comm}) R 1 77 77 0 -1 4194304 5 0 0 0 250 50 30 10 20 0 3 0 400 1000000 25 18446744073709551615 0\n`;

test('a process tells its parent, group, threads, times and resident memory', () => {
  withProc({ 42: stat(42, 'sh') }, (proc) => {
    assert.deepEqual(openProcesses(proc).read([42], 10), [
      {
        pid: 42,
        name: 'sh',
        state: 'R',
        parent: 1,
        group: 77,
        threads: 3,
        cpuUsec: 3_000_000,
        childUsec: 400_000,
        memory: 25 * 4096,
        startTicks: 400,
        startedAt: 1_004_000,
      },
    ]);
  });
});

test('a name that imitates the rest of the line is only a name', () => {
  withProc({ 7: stat(7, ') R 9 9 (x') }, (proc) => {
    const [read] = openProcesses(proc).read([7], 10);
    assert.equal(read?.name, ') R 9 9 (x');
    assert.equal(read?.group, 77);
  });
});

test('a process that is gone is left out, and no more are read than asked for', () => {
  withProc({ 1: stat(1, 'a'), 2: stat(2, 'b') }, (proc) => {
    const read = (pids: number[], most: number) =>
      openProcesses(proc)
        .read(pids, most)
        .map(({ pid }) => pid);
    assert.deepEqual(read([1, 9, 2], 10), [1, 2]);
    assert.deepEqual(read([1, 2], 1), [1]);
  });
});

test('no byte of a name steers a terminal or breaks a line', () => {
  withProc({ 7: stat(7, 'a\u001b[2J\nb\u202e') }, (proc) => {
    const [read] = openProcesses(proc).read([7], 10);
    assert.equal(read?.name, 'a?[2J?b?');
    assert.equal(read?.group, 77);
  });
});

test('a process is busy when one of its threads runs or waits for a device', () => {
  withProc({}, (proc) => {
    const thread = (pid: number, tid: number, state: string): void => {
      mkdirSync(join(proc, `${pid}/task/${tid}`), { recursive: true });
      writeFileSync(join(proc, `${pid}/task/${tid}/stat`), stat(tid, 'x) R (').replace(/\) R 1 /, `) ${state} 1 `));
    };
    for (const [pid, tid, state] of [
      [1, 1, 'S'],
      [2, 2, 'S'],
      [2, 3, 'D'],
      [4, 4, 'R'],
      [5, 5, 'Z'],
    ] as const)
      thread(pid, tid, state);
    const { isBusy } = openProcesses(proc);
    assert.equal(isBusy([1, 5, 9], 10), false);
    assert.equal(isBusy([1, 2], 10), true);
    assert.equal(isBusy([4], 10), true);
    assert.equal(isBusy([1, 5, 4], 2), false, 'no more than asked for');
  });
});
