import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type OutputChunk, rolldown } from 'rolldown';
import { licencesOf, packagesOf } from './licences.ts';

const root = resolve(import.meta.dirname, '..');

/**
 * What every run needs is one chunk: finding and opening a file costs a start-up more than reading a longer one.
 * Everything else is loaded by the command that asks for it.
 */
const core =
  /\/src\/(foundation\/|cli\/(?!main|node-version|confirm|testing)[^/]+$|cli\/output\/|cli\/commands\/.*(table|flags|specs\/[^/]+)\.ts$)|\/node_modules\/(commander|get-east-asian-width)\//;

/** Programs of worker threads, each a file of its own beside `hozon.js`: a thread should start as quickly as it can. */
const workers = {
  'content-worker': 'src/repository/restic/pipeline/worker.ts',
  'kopia-content-worker': 'src/repository/kopia/pipeline/worker.ts',
  'walk-worker': 'src/repository/trees/walk-thread/walk-worker.ts',
  'kopia-walk-worker': 'src/repository/kopia/walking/walk-worker.ts',
  'restore-worker': 'src/repository/restic/restore/worker.ts',
  'kopia-restore-worker': 'src/repository/kopia/restore/worker.ts',
  'verify-worker': 'src/repository/restic/checking/verify-worker.ts',
  'kopia-verify-worker': 'src/repository/kopia/checking/verify-worker.ts',
};

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
 * Bundles the command line into `directory`: `hozon.js`, chunks that are loaded when they are needed, the programs of worker
 * threads, and the licences of everything that was bundled. The directory is emptied first.
 */
export async function build(directory: string): Promise<Built> {
  await rm(directory, { recursive: true, force: true });
  const written = await bundle({ hozon: 'src/cli/main.ts' }, directory, [{ name: 'core', test: core }]);
  for (const [name, path] of Object.entries(workers))
    written.push(...(await bundle({ [name]: path }, directory, [])));
  await writeFile(
    join(directory, 'LICENSES.txt'),
    await licencesOf(written.flatMap(chunk => chunk.moduleIds)),
  );
  await chmod(join(directory, 'hozon.js'), 0o755);
  return {
    chunks: written.map(({ fileName, moduleIds }) => ({ file: fileName, packages: packagesOf(moduleIds) })),
  };
}

/** Bundles one entry; what is imported lazily becomes chunks of its own. */
async function bundle(
  entry: Readonly<Record<string, string>>,
  directory: string,
  groups: readonly { readonly name: string; readonly test: RegExp }[],
): Promise<OutputChunk[]> {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const bundle = await rolldown({
    input: Object.fromEntries(Object.entries(entry).map(([name, path]) => [name, join(root, path)])),
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
      codeSplitting: { groups: [...groups] },
      minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    });
    return output.filter(file => file.type === 'chunk');
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
