// Name -> command. Each is loaded only when it is named.

import type { CommandDef } from './definition.ts';

export const COMMANDS: Readonly<Record<string, () => Promise<CommandDef>>> = {
  add: async () => (await import('./commands/add.ts')).add,
  ls: async () => (await import('./commands/ls.ts')).ls,
  show: async () => (await import('./commands/show.ts')).show,
  start: async () => (await import('./commands/start.ts')).start,
  restart: async () => (await import('./commands/restart.ts')).restart,
  freeze: async () => (await import('./commands/freeze.ts')).freeze,
  thaw: async () => (await import('./commands/thaw.ts')).thaw,
  stop: async () => (await import('./commands/stop.ts')).stop,
  set: async () => (await import('./commands/set.ts')).set,
  exec: async () => (await import('./commands/exec.ts')).exec,
  shell: async () => (await import('./commands/shell.ts')).shell,
  logs: async () => (await import('./commands/logs.ts')).logs,
  rm: async () => (await import('./commands/rm.ts')).rm,
  'trash ls': async () => (await import('./commands/trash-ls.ts')).trashLs,
  'trash restore': async () => (await import('./commands/trash-restore.ts')).trashRestore,
  'trash empty': async () => (await import('./commands/trash-empty.ts')).trashEmpty,
  apply: async () => (await import('./commands/apply.ts')).apply,
  top: async () => (await import('./commands/top.ts')).top,
  dash: async () => (await import('./commands/dash.ts')).dash,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  'template ls': async () => (await import('./commands/template-ls.ts')).templateLs,
  'template build': async () => (await import('./commands/template-build.ts')).templateBuild,
  'template rm': async () => (await import('./commands/template-rm.ts')).templateRm,
  events: async () => (await import('./commands/events.ts')).events,
  explain: async () => (await import('./commands/explain.ts')).explain,
  version: async () => (await import('./commands/version.ts')).version,
  daemon: async () => (await import('./commands/daemon.ts')).daemon,
  completion: async () => (await import('./commands/completion.ts')).completion,
  man: async () => (await import('./commands/man.ts')).man,
  help: async () => (await import('./commands/help.ts')).help,
  __names: async () => (await import('./commands/names.ts')).names,
};

/** Names people type; those that begin with _ are for scripts of ours. */
export const publicNames = (): string[] => Object.keys(COMMANDS).filter((name) => !name.startsWith('_'));
