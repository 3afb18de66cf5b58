// Screens of a real run for docs/dashboard.md: a daemon with folders of its own, three tenants under load, the dashboard
// in tmux. Prints them; --write puts them into the page between its marks. Needs root, lxc and tmux.

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Box } from '../test/support/daemon.ts';
import { Terminal } from '../test/support/terminal.ts';

const root = resolve(import.meta.dirname, '..');
const PAGE = join(root, 'docs/dashboard.md');
const BEGIN = '<!-- screens: made by scripts/dash-screens.ts -->';
const END = '<!-- end of screens -->';

const LOADS: Readonly<Record<string, string>> = {
  alice: 'while :; do :; done',
  bob: 'while :; do dd if=/dev/zero of=/root/x bs=64k count=80 conv=fsync 2>/dev/null; sleep 1; done',
  carol: 'sleep 1000',
};

const block = (title: string, screen: string): string => `${title}\n\n\`\`\`text\n${screen.trimEnd()}\n\`\`\`\n`;

const box = new Box();
await box.start();
let terminal: Terminal | undefined;
try {
  for (const [name, script] of Object.entries(LOADS)) {
    await box.add(name);
    await box.background(name, script);
  }
  await box.act('carol', 'freeze');
  terminal = new Terminal({
    argv: ['sh', join(root, 'src/cli/launcher.sh'), 'dash'],
    env: {
      PATH: process.env['PATH'] ?? '',
      TENANTCTL_STATE: box.state,
      TENANTCTL_RUN: box.run,
      TENANTCTL_CONFIG: box.config,
      XDG_CONFIG_HOME: join(box.base, 'xdg'),
      LANG: 'C.UTF-8',
    },
    columns: 120,
    rows: 14,
  });
  const list = await terminal.see(/alice.*THROTTLED/);
  terminal.resize(100, 24);
  terminal.keys('Enter', '2');
  const graphs = await terminal.see(/cpu, cores.*\d/);
  terminal.keys('q', 'L');
  const form = await terminal.see('limits of alice');
  const text = [block('The list:', list), block('The graphs of a tenant:', graphs), block('Its limits:', form)].join(
    '\n',
  );
  if (process.argv.includes('--write')) {
    const page = readFileSync(PAGE, 'utf8');
    const [before = '', rest = ''] = page.split(BEGIN);
    writeFileSync(PAGE, `${before}${BEGIN}\n\n${text}\n${END}${rest.split(END)[1] ?? ''}`);
  } else console.log(text);
} finally {
  terminal?.close();
  await box.close();
}
