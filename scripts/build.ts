// Bundles src/main.ts for the installed program: `build.ts [--out FOLDER]`, without it into dist/.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } });
const out = resolve(values.out);

/** CommonJS packages inside an ES module bundle ask for Node's own modules by require(). */
const BANNER =
  "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);";

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outdir: out,
  bundle: true,
  // every lazy import() becomes a file of its own: `ls` reads neither React nor the daemon
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  jsx: 'automatic',
  // not white space: a stack trace that quotes a line must stay readable
  minifySyntax: true,
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
  // koffi loads a machine-code file from its own folder, it is installed beside dist/; Ink asks for its development
  // tools only when DEV=true
  external: ['koffi', 'react-devtools-core'],
  banner: { js: BANNER },
  logLevel: 'warning',
});
// without it Node parses each file twice to find out that it is a module
writeFileSync(join(out, 'package.json'), '{"type":"module"}\n');
