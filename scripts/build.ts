// Bundles src/main.ts for the installed program: `build.ts [--out FOLDER]`, without it into dist/.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type Plugin } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } });
const out = resolve(values.out);

/** CommonJS packages inside an ES module bundle ask for Node's own modules by require(). */
const BANNER =
  "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);";

/** Reading node:module costs the command line a millisecond it has no use for. */
const NEEDS_REQUIRE: readonly string[] = ['daemon', 'tenant-file'];

/**
 * Bundles of their own, each one file: what `ls` needs is read in one go (20 shared chunks cost 6 ms), and neither the
 * daemon, nor YAML is read before it is needed.
 */
const BUNDLES: Readonly<Record<string, string>> = {
  main: 'src/main.ts',
  cli: 'src/cli/run.ts',
  'tenant-file': 'src/cli/tenant-file.ts',
  daemon: 'src/daemon/main.ts',
};

/** An import of another bundle's first file becomes an import of that bundle. */
const apart = (own: string): Plugin => ({
  name: 'bundles-apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\.?\/.*\.tsx?$/ }, ({ resolveDir, path }) => {
      const file = relative(root, resolve(resolveDir, path));
      const other = Object.entries(BUNDLES).find(([name, first]) => first === file && name !== own);
      return other ? { path: `./${other[0]}.js`, external: true } : undefined;
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
    // the daemon is long-lived: what it loads lazily may be files of their own
    splitting: name === 'daemon',
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
    ...(NEEDS_REQUIRE.includes(name) ? { banner: { js: BANNER } } : {}),
    logLevel: 'warning',
  });

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const [name, first] of Object.entries(BUNDLES)) await bundle(name, first);
// without it Node parses each file twice to find out that it is a module
writeFileSync(join(out, 'package.json'), '{"type":"module"}\n');
