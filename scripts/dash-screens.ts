// Screens of a real run: a daemon with folders of its own, four tenants under load, the dashboard in tmux. Prints them;
// --write puts them into docs/dashboard.md between its marks, and the list as a picture into docs/dashboard.svg.
// Needs root, lxc and tmux.

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Box } from '../test/support/daemon.ts';
import { Terminal } from '../test/support/terminal.ts';
import { drawScreen } from './screen-svg.ts';

const root = resolve(import.meta.dirname, '..');
const PAGE = join(root, 'docs/dashboard.md');
const BEGIN = '<!-- screens: made by scripts/dash-screens.ts -->';
const END = '<!-- end of screens -->';

const PICTURE = join(root, 'docs/dashboard.svg');

interface Scene {
  readonly cpu: string;
  readonly rules?: Readonly<Record<string, string>>;
  readonly load: string;
}

/** alice at her limit, bob held by his credits once they are spent, carol quiet, dave frozen. */
const TENANTS: Readonly<Record<string, Scene>> = {
  alice: { cpu: '0.4', load: 'while :; do :; done' },
  bob: { cpu: '1', rules: { credits: 'baseline=0.2,burst=1' }, load: 'while :; do :; done' },
  carol: {
    cpu: '0.5',
    load: 'while :; do dd if=/dev/zero of=/root/x bs=64k count=80 conv=fsync 2>/dev/null; sleep 1; done',
  },
  dave: { cpu: '0.5', load: 'sleep 1000' },
};
const COLUMNS = 120;
/** A bank starts with some minutes: they are spent first. */
const HELD_MS = 300_000;

const block = (title: string, screen: string): string => `${title}\n\n\`\`\`text\n${screen.trimEnd()}\n\`\`\`\n`;

const box = new Box();
await box.start();
let terminal: Terminal | undefined;
try {
  for (const [name, { cpu, rules, load }] of Object.entries(TENANTS)) {
    await box.add(name, { limits: { cpu }, ...(rules ? { rules } : {}) });
    await box.background(name, load);
  }
  await box.act('dave', 'freeze');
  terminal = new Terminal({
    argv: ['sh', join(root, 'src/cli/launcher.sh'), 'dash'],
    env: {
      PATH: process.env['PATH'] ?? '',
      TENANTCTL_STATE: box.state,
      TENANTCTL_RUN: box.run,
      TENANTCTL_CONFIG: box.config,
      XDG_CONFIG_HOME: join(box.base, 'xdg'),
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
    },
    columns: COLUMNS,
    rows: 14,
  });
  // a minute of it, so that sparklines and graphs have something to show
  await terminal.see(/bob .*▼ .*credits 0\.2 +[▁▂▃▄▅▆▇█]{6}$/m, HELD_MS);
  const list = await terminal.see(/alice.*THROTTLED/);
  const painted = terminal.paintedScreen();
  terminal.type('/bob\n');
  terminal.resize(100, 24);
  terminal.keys('Enter', '2');
  const graphs = await terminal.see(/cpu, cores.*held at .* now\) +0\.\d/);
  terminal.keys('q', 'L');
  await terminal.see('limits of bob');
  terminal.keys('C-u');
  terminal.type('0.5');
  const form = await terminal.see('bob: cpu 1 -> 0.5');
  const text = [
    block('The list:', list),
    block('The graphs of a tenant:', graphs),
    block('Its limits, one about to be changed:', form),
  ].join('\n');
  if (process.argv.includes('--write')) {
    const page = readFileSync(PAGE, 'utf8');
    const [before = '', rest = ''] = page.split(BEGIN);
    writeFileSync(PAGE, `${before}${BEGIN}\n\n${text}\n${END}${rest.split(END)[1] ?? ''}`);
    writeFileSync(PICTURE, drawScreen(painted, COLUMNS));
  } else console.log(text);
} finally {
  terminal?.close();
  await box.close();
}
