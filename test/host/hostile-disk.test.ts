// A tenant that uses up its disk, to the last inode, can still be stopped, started and cleaned from inside.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Box } from '../support/daemon.ts';
import { requires } from '../support/requires.ts';

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: Box;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new Box();
  await box.start();
  await box.add('alice');
});
after(() => box?.close());

const FILL = 'mkdir -p /root/i; cd /root/i; n=0; while true >f$n; do n=$((n+1)); done 2>/dev/null; true >/root/more';

test('a tenant without a free inode starts again, twice, and can then delete what is too much', async (t) => {
  if (!can(t)) return;
  for (const round of [1, 2]) {
    const { stderr } = await box.sh('alice', FILL);
    assert.match(stderr, /No space left/, `round ${round}`);
    assert.equal((await box.act('alice', 'restart')).state, 'running', `round ${round}`);
  }
  assert.equal((await box.sh('alice', 'rm -rf /root/i && true >/root/more')).status, 0);
});
