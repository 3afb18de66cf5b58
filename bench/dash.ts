// What the dashboard costs: CPU and memory at 1 Hz with 200 tenants, bytes per frame, key to paint, time to open.
// Measured on the bundle in a real pseudo-terminal (script(1)) against a daemon that only invents figures.
//   node bench/dash.ts [--tenants N] [--seconds N] [--program FOLDER]; builds the bundle when no folder with one is named;
// ends with 1 when a bar is missed

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildProgram } from './instance.ts';
import { summarise } from './stats.ts';

const { values } = parseArgs({
  options: {
    tenants: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '20' },
    program: { type: 'string' },
  },
});
const folder = values.program ?? buildProgram();
if (values.program === undefined) process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const root = resolve(import.meta.dirname, '..');
const seconds = Number(values.seconds);
const COLUMNS = 120;
const ROWS = 40;
/** Of the tenants on the screen, so many change with each sample in the quiet case. */
const FEW = 3;
const KEYS = 20;
const OPENINGS = 5;
/** USER_HZ of proc(5): the same on all of today's Linux. */
const TICKS_PER_SECOND = 100;

/** As the launcher starts it. */
const FLAGS = '--max-semi-space-size=4';

/** The bars of issue 4. */
const BARS = { cpu: 5, rss: 150, bytes: 2048, key: 80, open: 500 } as const;

class Screen {
  readonly child: ChildProcess;
  bytes = 0;
  last = '';
  #wake: (() => void) | undefined;

  constructor(run: string, sort = 'cpu') {
    const program = `${process.execPath} ${FLAGS} ${join(folder, 'main.js')} dash --sort ${sort}`;
    const inner = `stty rows ${ROWS} cols ${COLUMNS}; exec ${program}`;
    this.child = spawn('script', ['-qfec', inner, '/dev/null'], {
      env: {
        ...process.env,
        TENANTCTL_RUN: run,
        XDG_CONFIG_HOME: run,
        HOME: run,
        TERM: 'xterm-256color',
        LANG: 'C.UTF-8',
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      this.last = (this.last + chunk.toString('latin1')).slice(-200_000);
      this.#wake?.();
    });
  }

  /** Milliseconds until the output holds the text. */
  async wait(text: string | RegExp, from = performance.now()): Promise<number> {
    const end = from + 20_000;
    for (;;) {
      if (typeof text === 'string' ? this.last.includes(text) : text.test(this.last)) return performance.now() - from;
      if (performance.now() > end) throw new Error(`never painted: ${text}\n${this.last.slice(-2000)}`);
      await new Promise<void>((done) => {
        this.#wake = done;
        setTimeout(done, 100);
      });
    }
  }

  press(keys: string): void {
    this.last = '';
    this.child.stdin?.write(keys);
  }

  /** The dashboard itself: the only child of script(1)'s shell, which it replaced. */
  pid(): number {
    const { pid } = this.child;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
  }

  async close(): Promise<void> {
    const ended = new Promise((done) => this.child.on('close', done));
    this.press('q');
    await ended;
  }
}

const cpuSeconds = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND; // utime, stime: fields 14 and 15 of proc(5)
};

const rssMegabytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

const openFake = async (moving: number): Promise<{ run: string; close: () => void }> => {
  const run = mkdtempSync(join(tmpdir(), 'tenantctl-dash-'));
  const program = join(root, 'test/support/many-tenants.ts');
  const args = [program, join(run, 'tenantctl.sock'), String(values.tenants), String(moving)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((done) => child.stdout?.once('data', done));
  return {
    run,
    close: () => {
      child.kill();
      rmSync(run, { recursive: true, force: true });
    },
  };
};

const READY = 'tenant-0';

const measureSteady = async (moving: number, sort?: string): Promise<{ cpu: number; rss: number; bytes: number }> => {
  const fake = await openFake(moving);
  const screen = new Screen(fake.run, sort);
  await screen.wait(READY);
  // the first seconds compile and fill caches
  await sleep(5000);
  const pid = screen.pid();
  const [cpu, bytes, from] = [cpuSeconds(pid), screen.bytes, performance.now()];
  await sleep(seconds * 1000);
  const passed = (performance.now() - from) / 1000;
  const measured = {
    cpu: ((cpuSeconds(pid) - cpu) / passed) * 100,
    rss: rssMegabytes(pid),
    bytes: (screen.bytes - bytes) / passed,
  };
  await screen.close();
  fake.close();
  return measured;
};

const measureKeys = async (): Promise<number> => {
  const fake = await openFake(FEW);
  const screen = new Screen(fake.run);
  await screen.wait(READY);
  await sleep(3000);
  const times: number[] = [];
  for (let i = 0; i < KEYS; i++) {
    const from = performance.now();
    screen.press(i % 2 === 0 ? '?' : 'q');
    times.push(await screen.wait(i % 2 === 0 ? 'Everywhere' : READY, from));
    await sleep(150);
  }
  await screen.close();
  fake.close();
  return summarise(times)?.median ?? Number.NaN;
};

const measureOpen = async (): Promise<number> => {
  const fake = await openFake(FEW);
  const times: number[] = [];
  for (let i = 0; i < OPENINGS; i++) {
    const from = performance.now();
    const screen = new Screen(fake.run);
    times.push(await screen.wait(READY, from));
    await screen.close();
  }
  fake.close();
  return summarise(times)?.median ?? Number.NaN;
};

const row = (what: string, value: number, unit: string, bar?: number): boolean => {
  const ok = bar === undefined || value <= bar;
  const limit = bar === undefined ? '' : `  bar ${bar}${unit}  ${ok ? 'ok' : 'MISSED'}`;
  console.log(`${what.padEnd(58)} ${value.toFixed(1).padStart(8)}${unit}${limit}`);
  return ok;
};

// by name the few change where they stand; by use they change places, and with them every row in between
const quiet = await measureSteady(FEW, 'name');
const moving = await measureSteady(FEW);
const busy = await measureSteady(Number(values.tenants));
const passed = [
  row(`${values.tenants} tenants, 1 Hz, ${FEW} change: CPU of a core`, quiet.cpu, ' %', BARS.cpu),
  row('  resident memory', quiet.rss, ' MB', BARS.rss),
  row('  bytes a frame', quiet.bytes, ' B', BARS.bytes),
  row('  bytes a frame where the order changes', moving.bytes, ' B'),
  row(`${values.tenants} tenants, 1 Hz, all change: CPU of a core`, busy.cpu, ' %', BARS.cpu),
  row('  resident memory', busy.rss, ' MB', BARS.rss),
  row('  bytes a frame', busy.bytes, ' B'),
  row('key to paint, median', await measureKeys(), ' ms', BARS.key),
  row('open to first row, median', await measureOpen(), ' ms', BARS.open),
];
process.exitCode = passed.every(Boolean) ? 0 : 1;
