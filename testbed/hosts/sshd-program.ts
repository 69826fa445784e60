import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from '../binaries.ts';
import { whichProgram } from '../debian.ts';
import { lock } from '../locks.ts';
import type { Narrate } from '../narration.ts';
import { run, runOk } from '../processes.ts';

/** A directory with `sshd` and the libraries beside it that the machine may not have. */
export async function sshdDirectory(narrate: Narrate, signal?: AbortSignal): Promise<string> {
  const into = join(cacheDir(), 'bin', 'openssh-server');
  if (await exists(join(into, 'sshd'))) return into;
  await using _held = await lock('binaries-openssh-server', { signal });
  if (!(await exists(join(into, 'sshd')))) await provide(into, narrate, signal);
  return into;
}

/** From the machine, or out of Debian's package without installing it: an installed server would start on its own. */
async function provide(into: string, narrate: Narrate, signal?: AbortSignal): Promise<void> {
  await mkdir(join(into, '..'), { recursive: true });
  const place = await mkdtemp(`${into}-`);
  try {
    await runOk(['chmod', '755', place], { signal }); // apt fetches as a user of its own
    const installed = await whichProgram('sshd');
    if (installed === undefined) await extract(place, narrate, signal);
    else await runOk(['cp', installed, join(place, 'sshd')], { signal });
    await rm(into, { recursive: true, force: true });
    await rename(place, into);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

async function extract(place: string, narrate: Narrate, signal?: AbortSignal): Promise<void> {
  narrate('fetching openssh-server of Debian (usually seconds)');
  const options = { cwd: place, signal, env: { DEBIAN_FRONTEND: 'noninteractive' } };
  const fetch = ['apt-get', 'download', '-qq', 'openssh-server', 'libwrap0'];
  if ((await run(fetch, options)).exitCode !== 0) {
    await runOk(['apt-get', 'update', '-qq'], options); // the lists are missing or old
    await runOk(fetch, options);
  }
  const packages = (await readdir(place)).filter(name => name.endsWith('.deb'));
  for (const file of packages) await runOk(['dpkg-deb', '-x', file, 'x'], options);
  const take = 'cp x/usr/sbin/sshd . && find . -name "libwrap.so*" -exec cp -P {} . \\; ; rm -rf x *.deb';
  await runOk(['sh', '-ec', take], options);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
