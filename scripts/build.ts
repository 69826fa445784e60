import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';
import { licencesOf } from './licences.ts';

const root = resolve(import.meta.dirname, '..');

export interface Built {
  /** Names of the files written, below the output directory. */
  readonly files: readonly string[];
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
      if (level === 'warn') process.stderr.write(`build: ${log.message}\n`);
    },
  });
  try {
    const { output } = await bundle.write({
      dir: directory,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: 'chunks/[name]-[hash].js',
      minify: { compress: true, mangle: false, codegen: { removeWhitespace: false } },
    });
    const modules = output.flatMap(file => (file.type === 'chunk' ? file.moduleIds : []));
    await writeFile(join(directory, 'LICENSES.txt'), await licencesOf(modules));
    await chmod(join(directory, 'hozon.js'), 0o755);
    return { files: [...output.map(file => file.fileName), 'LICENSES.txt'] };
  } finally {
    await bundle.close();
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } });
  const begun = performance.now();
  const { files } = await build(resolve(values.out));
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  process.stdout.write(`build: ${files.length} files in ${values.out} (${seconds}s)\n`);
}
