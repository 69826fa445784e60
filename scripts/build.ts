import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';
import { licencesOf, packagesOf } from './licences.ts';

const root = resolve(import.meta.dirname, '..');

/**
 * What every run needs is one chunk: finding and opening a file costs a start-up more than reading a longer one.
 * Everything else is loaded by the command that asks for it.
 */
const core =
  /\/src\/(foundation\/|cli\/(?!main|node-version|confirm|testing)[^/]+$|cli\/output\/|cli\/commands\/.*(table|flags|specs\/[^/]+)\.ts$)|\/node_modules\/(commander|get-east-asian-width)\//;

export interface BuiltChunk {
  /** Below the output directory. */
  readonly file: string;
  /** Names of the packages that it holds parts of. */
  readonly packages: readonly string[];
}

export interface Built {
  readonly chunks: readonly BuiltChunk[];
}

/**
 * Bundles the command line into `directory`: `hozon.js`, chunks that are loaded when they are needed, and the
 * licences of everything that was bundled. The directory is emptied first.
 */
export async function build(directory: string): Promise<Built> {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  await rm(directory, { recursive: true, force: true });
  const bundle = await rolldown({
    input: { hozon: join(root, 'src/cli/main.ts') },
    cwd: root,
    platform: 'node',
    // optional native speed-ups of ws, which falls back to JavaScript where they are not there
    external: ['bufferutil', 'utf-8-validate'],
    transform: { define: { HOZON_VERSION: JSON.stringify(manifest.version) } },
    onLog(level, log) {
      // a module that is loaded lazily in one place and at once in another is meant so
      if (level === 'warn' && log.code !== 'INEFFECTIVE_DYNAMIC_IMPORT')
        process.stderr.write(`build: ${log.message}\n`);
    },
  });
  try {
    const { output } = await bundle.write({
      dir: directory,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: 'chunks/[name]-[hash].js',
      codeSplitting: { groups: [{ name: 'core', test: core }] },
      minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    });
    const chunks = output.filter(file => file.type === 'chunk');
    const modules = chunks.flatMap(chunk => chunk.moduleIds);
    await writeFile(join(directory, 'LICENSES.txt'), await licencesOf(modules));
    await chmod(join(directory, 'hozon.js'), 0o755);
    return {
      chunks: chunks.map(({ fileName, moduleIds }) => ({ file: fileName, packages: packagesOf(moduleIds) })),
    };
  } finally {
    await bundle.close();
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } });
  const begun = performance.now();
  const { chunks } = await build(resolve(values.out));
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  process.stdout.write(`build: ${chunks.length} chunks in ${values.out} (${seconds}s)\n`);
}
