// The daemon without the command line around it: `node run-daemon.ts [--use-backup]`; a problem is one line of JSON.

import { runDaemon } from '../../src/daemon/main.ts';
import { reportProblem, toProblem } from '../../src/domain/errors.ts';

try {
  process.exitCode = await runDaemon(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${JSON.stringify({ problem: reportProblem(toProblem(error)) })}\n`);
  process.exitCode = 1;
}
