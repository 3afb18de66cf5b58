// Bundles src/main.ts for the installed program: `build.ts [--out FOLDER]`, without it into dist/.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type Plugin } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } });
const out = resolve(values.out);

/**
 * The daemon and the dashboard only: Node loads a CommonJS file in 10 ms less than an ES module, which each command would
 * pay. Ink waits for its layout engine at the top of a module, which a CommonJS file cannot.
 */
const MODULES: readonly string[] = ['daemon', 'dash'];
const fileOf = (name: string): string => `${name}.${MODULES.includes(name) ? 'mjs' : 'js'}`;

/** CommonJS packages inside an ES module bundle ask for Node's own modules by require(). */
const BANNER =
  "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);";

/**
 * Bundles of their own, each one file: what `ls` needs is read in one go (20 shared chunks cost 6 ms), and neither the
 * daemon, nor YAML, nor React is read before it is needed.
 */
const BUNDLES: Readonly<Record<string, string>> = {
  main: 'src/main.ts',
  cli: 'src/cli/run.ts',
  'tenant-file': 'src/cli/tenant-file.ts',
  daemon: 'src/daemon/main.ts',
  dash: 'src/tui/dash.ts',
};

/** An import of another bundle's first file becomes an import of that bundle. */
const apart = (own: string): Plugin => ({
  name: 'bundles-apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\.?\/.*\.tsx?$/ }, ({ resolveDir, path }) => {
      const file = relative(root, resolve(resolveDir, path));
      const other = Object.entries(BUNDLES).find(([name, first]) => first === file && name !== own);
      return other ? { path: `./${fileOf(other[0])}`, external: true } : undefined;
    });
  },
});

const bundle = (name: string, first: string): Promise<unknown> =>
  build({
    absWorkingDir: root,
    entryPoints: { [name]: first },
    outdir: out,
    bundle: true,
    plugins: [apart(name)],
    ...(MODULES.includes(name)
      ? { format: 'esm', outExtension: { '.js': '.mjs' }, splitting: true, banner: { js: BANNER } }
      : // import() becomes require(), which loads an ES module as well (Node 22.12)
        { format: 'cjs', supported: { 'dynamic-import': false } }),
    platform: 'node',
    target: 'node24',
    jsx: 'automatic',
    // not white space: a stack trace that quotes a line must stay readable; the daemon's is for a log, and its size stays
    // in memory for weeks
    ...(MODULES.includes(name) ? { minify: true, keepNames: true } : { minifySyntax: true }),
    legalComments: 'none',
    define: {
      'process.env.NODE_ENV': '"production"',
      ...(MODULES.includes(name) ? {} : { 'import.meta.filename': '__filename' }),
    },
    // koffi loads a machine-code file from its own folder, it is installed beside dist/; Ink asks for its development
    // tools only when DEV=true
    external: ['koffi', 'react-devtools-core'],
    logLevel: 'warning',
  });

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const [name, first] of Object.entries(BUNDLES)) await bundle(name, first);
// without it Node parses each file twice to find out what kind of module it is
writeFileSync(join(out, 'package.json'), '{"type":"commonjs"}\n');
