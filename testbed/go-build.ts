import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatBytes } from '#foundation/format.ts';
import type { BinarySet } from './binary-sets.ts';
import type { Errand } from './downloads.ts';
import { heartbeat } from './narration.ts';
import { run } from './processes.ts';

const environment = { GOTOOLCHAIN: 'local', CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' };

/**
 * Builds programs of a set from the Go modules that `testbed/modules` pins. They are built into a directory of
 * their own and moved when they are whole, so an interrupted build leaves no half program.
 */
export async function build(errand: Errand): Promise<void> {
  const { set, narrate } = errand;
  await requireGo();
  await mkdir(errand.into, { recursive: true });
  await removeInterrupted(errand.into);
  const place = await mkdtemp(join(errand.into, '.build-'));
  narrate(
    `building ${errand.programs.join(', ')} ${set.version} from source (usually ${set.buildTakes}, once)`,
  );
  const progress = { packages: 0, fetched: 0 };
  using _beat = heartbeat(narrate, () => `building ${set.name}: ${progressText(progress)}`);
  try {
    for (const group of groups(set, errand.programs)) await compile(group, place, { errand, progress });
    for (const program of errand.programs) {
      narrate(`built ${program} (${formatBytes((await stat(join(place, program))).size)})`);
      await rename(join(place, program), join(errand.into, program));
    }
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

interface Compilation {
  readonly errand: Errand;
  readonly progress: { packages: number; fetched: number };
}

/**
 * `go build -v` names every package as it is compiled, and every module as it is fetched, which is the only
 * measure of progress that it gives.
 */
async function compile(
  programs: readonly string[],
  place: string,
  { errand, progress }: Compilation,
): Promise<void> {
  const { set, signal } = errand;
  const [only] = programs;
  const output = programs.length === 1 && only !== undefined ? join(place, only) : `${place}/`;
  const packages = programs.map(program => set.packages[program] as string);
  const result = await run(
    ['go', 'build', '-v', '-trimpath', '-ldflags', set.ldflags, '-o', output, ...packages],
    {
      cwd: join(import.meta.dirname, 'modules', set.name),
      env: environment,
      signal,
      onStderr: text => {
        for (const line of text.split('\n').filter(Boolean)) {
          if (line.startsWith('go: downloading')) progress.fetched++;
          else progress.packages++;
        }
      },
    },
  );
  if (result.exitCode !== 0) {
    const said = result.stderr.trim().split('\n').slice(-15).join('\n');
    throw new Error(`go build of ${programs.join(', ')} exited with ${result.exitCode}: ${said}`);
  }
}

/**
 * Programs that one `go build` can make: it names each after its package's folder (above a version's), which is
 * right for all but etcd's server, so those whose names differ are built one by one.
 */
function groups(set: BinarySet, programs: readonly string[]): string[][] {
  const named = (program: string): boolean =>
    set.packages[program]?.replace(/\/v\d+$/, '').endsWith(`/${program}`) === true;
  const together = programs.filter(named);
  const alone = programs.filter(program => !named(program)).map(program => [program]);
  return together.length === 0 ? alone : [...alone, together];
}

async function requireGo(): Promise<void> {
  const version = await run(['go', 'version'], { env: environment }).catch(() => undefined);
  if (version === undefined || version.exitCode !== 0) throw new Error('there is no Go to build it with');
}

/** The caller holds the lock of the set, so what lies there belongs to nobody. */
async function removeInterrupted(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter(name => /^\.(?:build|download)-/.test(name));
  for (const name of names) await rm(join(directory, name), { recursive: true, force: true });
}

function progressText({ packages, fetched }: Compilation['progress']): string {
  const modules = fetched === 0 ? '' : `${fetched} modules fetched, `;
  return `${modules}${packages} packages compiled`;
}
