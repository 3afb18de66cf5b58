// A real pseudo-terminal with a screen that can be read: tmux with a server of its own. Keys go in, lines come out.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { until } from './poll.ts';

export interface Command {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly rows?: number;
}

const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

export class Terminal {
  readonly #server = `tenantctl-test-${process.pid}-${randomBytes(4).toString('hex')}`;

  /** Starts the command in it; afterwards the screen stays, so that what it left behind can be looked at. */
  constructor({ argv, env = {}, columns = 120, rows = 40 }: Command) {
    const words = ['env', ...Object.entries(env).map(([key, value]) => `${key}=${value}`), ...argv]
      .map(quote)
      .join(' ');
    // a shell around it, as people have: job control works and the screen outlives the program
    const shell = ['env', '-u', 'TMUX', 'PS1=shell> ', 'HOME=/nonexistent', 'HISTFILE=', 'bash', '--norc', '-i'];
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), ...shell);
    this.#tmux('set', '-g', 'status', 'off');
    this.#tmux('set', '-g', 'escape-time', '0');
    this.type(`${words}\n`);
  }

  #tmux(...args: string[]): string {
    const ended = spawnSync('tmux', ['-L', this.#server, ...args], { encoding: 'utf8', timeout: 20_000 });
    assert.equal(ended.status, 0, `tmux ${args[0]}: ${ended.stderr}${ended.error ?? ''}`);
    return ended.stdout;
  }

  /** Text as it is; a newline is Enter. All of it arrives in one chunk. */
  type(text: string): void {
    this.#tmux('send-keys', '-H', ...[...Buffer.from(text.replaceAll('\n', '\r'))].map((byte) => byte.toString(16)));
  }

  /** Keys by tmux's names: `Enter`, `Up`, `C-z`. */
  keys(...names: string[]): void {
    this.#tmux('send-keys', ...names);
  }

  screen(): string {
    return this.#tmux('capture-pane', '-p');
  }

  /** With the colours, as SGR sequences. */
  paintedScreen(): string {
    return this.#tmux('capture-pane', '-p', '-e');
  }

  /** From now on all bytes that the program writes go to this file as well. */
  record(path: string): void {
    this.#tmux('pipe-pane', '-O', `cat >${quote(path)}`);
  }

  async see(wanted: string | RegExp, deadlineMs?: number): Promise<string> {
    let last = '';
    try {
      return await until(
        `the screen shows ${wanted}`,
        () => {
          last = this.screen();
          return (typeof wanted === 'string' ? last.includes(wanted) : wanted.test(last)) ? last : undefined;
        },
        deadlineMs,
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${last}`);
    }
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** `1` while a program uses the alternate screen, and whether the cursor shows. */
  modes(): { alternate: boolean; cursor: boolean } {
    const [alternate, cursor] = this.#tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}').trim().split(' ');
    return { alternate: alternate === '1', cursor: cursor === '1' };
  }

  /** The process id of the shell around it. */
  shellPid(): number {
    return Number(this.#tmux('display-message', '-p', '#{pane_pid}'));
  }

  close(): void {
    spawnSync('tmux', ['-L', this.#server, 'kill-server'], { timeout: 20_000 });
  }
}
