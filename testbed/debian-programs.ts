import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BinarySet } from './binary-sets.ts';
import type { Errand } from './downloads.ts';
import { run, runOk } from './processes.ts';

/**
 * Takes programs of a set out of Debian's packages without installing them: an installed server would start on its
 * own. apt checks the packages against Debian's signed lists. A program is called as its package's file, with what
 * our name of it ends with taken off.
 */
export async function extract(errand: Errand): Promise<void> {
  const { set, narrate, into, signal } = errand;
  await mkdir(into, { recursive: true });
  const place = await mkdtemp(join(into, '.download-'));
  narrate(`fetching ${set.name} ${set.version} of Debian (usually ${set.buildTakes})`);
  try {
    await runOk(['chmod', '755', place], { signal }); // apt fetches as a user of its own
    await fetchPackages(set, errand, place);
    for (const file of await packagesIn(place)) await runOk(['dpkg-deb', '-x', file, place], { signal });
    for (const program of errand.programs) {
      await rename(join(place, 'usr/bin', fileOf(set, program)), join(into, program));
    }
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

async function fetchPackages(set: BinarySet, errand: Errand, place: string): Promise<void> {
  const packages = [...new Set(errand.programs.map(program => set.packages[program] as string))];
  const wanted = packages.map(name => `${name}=${set.version.slice(1)}-*`);
  const options = { cwd: place, signal: errand.signal, env: { DEBIAN_FRONTEND: 'noninteractive' } };
  const fetch = ['apt-get', 'download', '-qq', ...wanted];
  if ((await run(fetch, options)).exitCode === 0) return;
  await runOk(['apt-get', 'update', '-qq'], options); // the lists are missing or old
  await runOk(fetch, options);
}

async function packagesIn(place: string): Promise<string[]> {
  return (await readdir(place)).filter(name => name.endsWith('.deb')).map(name => join(place, name));
}

function fileOf({ release }: BinarySet, program: string): string {
  const suffix = release.form === 'archive' ? (release.suffix ?? '') : '';
  return program.slice(0, program.length - suffix.length);
}
