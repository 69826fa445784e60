import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { describeThrown } from '#foundation/errors.ts';
import { testbedErrors } from './errors.ts';
import { lock } from './locks.ts';
import { heartbeat, type Narrate, toStderr } from './narration.ts';
import { runOk } from './processes.ts';

/** The packages that the testbed uses, and the file of each that shows that it is there. */
const proofs = {
  containerd: 'containerd',
  runc: 'runc',
  'busybox-static': 'busybox',
  'containernetworking-plugins': '/usr/lib/cni/bridge',
  curl: 'curl',
  iptables: 'iptables',
  iproute2: 'ip',
  'openssh-client': 'ssh',
  openssl: 'openssl',
  restic: 'restic',
  sudo: 'sudo',
  'util-linux': 'setpriv',
} as const;

export type DebianPackage = keyof typeof proofs;

/**
 * Makes sure that these packages' programs are on this machine, however they came there; installs what is
 * missing where that is possible (root, apt).
 *
 * @throws `testbed.packages-missing`, naming them and the command that installs them.
 */
export async function ensureDebianPackages(
  packages: readonly DebianPackage[],
  options: { narrate?: Narrate; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const { narrate = toStderr, signal } = options;
  if ((await missingPackages(packages)).length === 0) return;
  await using _held = await lock('apt', { signal });
  const missing = await missingPackages(packages);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    throw testbedErrors.raise['packages-missing']({
      packages: missing,
      reason: 'only root can install them',
    });
  }
  narrate(`installing the Debian packages ${missing.join(', ')} (usually under a minute)`);
  using _beat = heartbeat(narrate, () => 'installing Debian packages');
  await install(missing, signal);
}

async function install(packages: readonly DebianPackage[], signal?: AbortSignal): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await runOk(['apt-get', 'update', '-qq'], { env, signal });
    await runOk(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages], { env, signal });
  } catch (thrown) {
    signal?.throwIfAborted();
    const reason = describeThrown(thrown).slice(-1000);
    throw testbedErrors.raise['packages-missing']({ packages, reason }, { cause: thrown });
  }
  const still = await missingPackages(packages);
  if (still.length === 0) return;
  throw testbedErrors.raise['packages-missing']({
    packages: still,
    reason: 'installed without their programs',
  });
}

/** Which of the packages' programs are not on this machine. */
export async function missingPackages(packages: readonly DebianPackage[]): Promise<DebianPackage[]> {
  const found = await Promise.all(packages.map(name => whichProgram(proofs[name])));
  return packages.filter((_, index) => found[index] === undefined);
}

/** The path of a program of the system. Those for administrators are not in every user's PATH. */
export async function whichProgram(name: string): Promise<string | undefined> {
  const path = `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin${delimiter}/usr/bin${delimiter}/bin`;
  const places = isAbsolute(name) ? [name] : path.split(delimiter).map(directory => join(directory, name));
  for (const place of places) {
    const there = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return place;
  }
  return undefined;
}
