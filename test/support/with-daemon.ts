// One command against a daemon of few words: what it was asked, what was printed.

import { type Answer, type Seen, startFakeDaemon } from './fake-daemon.ts';
import { type How, type Ran, runCommand } from './run-command.ts';

export const runWithDaemon = async (
  answers: Readonly<Record<string, Answer>>,
  argv: readonly string[],
  how: How = {},
): Promise<Ran & { readonly seen: readonly Seen[]; readonly run: string }> => {
  const daemon = await startFakeDaemon(answers);
  try {
    const ran = await runCommand(argv, { run: daemon.run, ...how });
    return { ...ran, seen: daemon.seen, run: daemon.run };
  } finally {
    await daemon.close();
  }
};
