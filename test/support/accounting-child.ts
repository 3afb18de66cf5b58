// Keeps the books of the made world until it is killed; says when it looked first, once the first batch is written. Arguments: the file, and when the world began (wall milliseconds).

import { Accountant } from '../../src/engine/accounting.ts';
import { Outbox } from '../../src/engine/outbox.ts';
import { openHistory } from '../../src/store/history.ts';
import { createLog } from '../fakes/log.ts';
import { makeAct, makeConfig, makeFrame, makeState } from '../store/decision-values.ts';
import { BOOT, CPUS, DISK, lookAt, SPEED, START, totalsAt } from './made-world.ts';

const [path = '', began = ''] = process.argv.slice(2);
const onSetAside = (aside: string, why: string): void => {
  console.error(`${aside}: ${why}`);
  process.exit(1);
};
const history = openHistory({ path, now: Date.now, onSetAside });
const outbox = new Outbox();
/** When the tick that is under way looked. */
let seen = 0;
const accountant = new Accountant({
  history,
  outbox,
  cpus: CPUS,
  bootId: BOOT,
  readDisk: () => DISK,
  readTotals: () => totalsAt(seen),
  log: createLog(),
});
const config = makeConfig();

const readUp = (): number => (Date.now() - Number(began)) * SPEED;
const first = readUp();
let hasTold = false;

const tick = (up: number): void => {
  seen = up;
  const { now, host, readings } = lookAt(up);
  outbox.addFrame(config, makeFrame(now), () => ({ alice: makeState(1) }));
  outbox.addAct('alice', makeAct(now));
  outbox.setState('alice', makeState(now - START));
  accountant.tick(now, host, readings);
  if (!hasTold && history.readLast().host) {
    console.log(first);
    hasTold = true;
  }
  setTimeout(() => tick(readUp()), 1);
};
tick(first);
