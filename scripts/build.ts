import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type OutputChunk, rolldown } from 'rolldown';
import { directBuiltins } from './direct-builtins.ts';
import { licencesOf, packagesOf } from './licences.ts';

const root = resolve(import.meta.dirname, '..');

/**
 * What is needed together is one chunk: to find and open a file costs a start more than to read a longer one. What modules import goes
 * with them, unless a group with a higher priority has it. Everything else is loaded by the command that asks for it.
 */
const groups = [
  {
    // every run
    name: 'core',
    priority: 4,
    test: /\/src\/(foundation\/|cli\/(?!main|node-version|confirm|testing)[^/]+$|cli\/output\/|cli\/commands\/.*(table|flags|specs\/[^/]+)\.ts$)|\/node_modules\/(commander|get-east-asian-width)\//,
  },
  { name: 'wasm', priority: 3, test: /\/src\/repository\/wasm\// },
  { name: 'storage', priority: 2, test: /\/src\/storage\/(?!s3\/|testing\/)/ },
  {
    // every command on repositories
    name: 'repository',
    priority: 1,
    test: /\/src\/(repository\/(errors[./]|format\/|scrypt\/|cache\/|pipeline\/compressor\.|trees\/byte-path\.)|cli\/repository\/(?!velero-place|hidden)|cli\/commands\/repo\/(dispatch|detect|open|password)\.)/,
  },
  {
    // every command on those of kopia
    name: 'kopia',
    priority: 0,
    test: /\/src\/(cli\/commands\/repo\/kopia\/open|repository\/kopia\/(access\/(open|indexed|manifests|snapshots|cached)|policies\/stored-policies|browsing\/browsable))\.ts$/,
  },
];

/** Programs of worker threads, each a file of its own beside `hozon.js`: a thread should start as quickly as it can. */
export const workers = {
  'content-worker': 'src/repository/restic/pipeline/worker.ts',
  'kopia-content-worker': 'src/repository/kopia/pipeline/worker.ts',
  'walk-worker': 'src/repository/trees/walk-thread/walk-worker.ts',
  'kopia-walk-worker': 'src/repository/kopia/walking/walk-worker.ts',
  'restore-worker': 'src/repository/restic/restore/worker.ts',
  'kopia-restore-worker': 'src/repository/kopia/restore/worker.ts',
  'verify-worker': 'src/repository/restic/checking/verify-worker.ts',
  'kopia-verify-worker': 'src/repository/kopia/checking/verify-worker.ts',
} as const;

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
  const written = await bundle({ hozon: 'src/cli/main.ts' }, directory, groups);
  for (const [name, path] of Object.entries(workers))
    written.push(...(await bundle({ [name]: path }, directory, [])));
  await writeFile(
    join(directory, 'LICENSES.txt'),
    await licencesOf(written.flatMap(chunk => chunk.moduleIds)),
  );
  // elsewhere than in the package, too, Node need not find out what each file is written in
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }\n');
  await chmod(join(directory, 'hozon.js'), 0o755);
  return {
    chunks: written.map(({ fileName, moduleIds }) => ({ file: fileName, packages: packagesOf(moduleIds) })),
  };
}

/** Bundles one entry; what is imported lazily becomes chunks of its own. */
async function bundle(
  entry: Readonly<Record<string, string>>,
  directory: string,
  groups: readonly { readonly name: string; readonly priority: number; readonly test: RegExp }[],
): Promise<OutputChunk[]> {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const bundle = await rolldown({
    input: Object.fromEntries(Object.entries(entry).map(([name, path]) => [name, join(root, path)])),
    cwd: root,
    platform: 'node',
    // optional native speed-ups of ws, which falls back to JavaScript where they are not there
    external: ['bufferutil', 'utf-8-validate'],
    // an older Node has to be able to run the entry, which says that it is too old
    plugins: [directBuiltins(['hozon.js'])],
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
