import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SshHostOptions } from './ssh-host.ts';

/**
 * A stand-in for a container engine on a host of the testbed: `ps` names one running container of etcd, and `exec ID …` runs a command
 * with the programs of that "container" in front, which the host itself has not in its PATH. It isolates nothing. It answers to the words
 * that crictl (`ps --state Running --name`) and podman (`ps --filter`) are asked with, and refuses others, so that a question that a real one
 * would not understand does not pass unseen.
 */
export interface ContainerEngine {
  readonly name: 'crictl' | 'podman';
  /** Programs in its container, by name: paths on this machine. */
  readonly programs: Readonly<Record<string, string>>;
}

/** Writes the stand-in into a directory. Resolves with what a host is to be started with. */
export async function containerEngine(
  dir: string,
  { name, programs }: ContainerEngine,
): Promise<Required<Pick<SshHostOptions, 'programs' | 'mounts'>>> {
  const container = join(dir, 'container');
  await mkdir(container, { recursive: true, mode: 0o755 });
  for (const [program, path] of Object.entries(programs)) await cp(path, join(container, program));
  const engine = join(dir, name);
  await writeFile(engine, script(name), { mode: 0o755 });
  return { programs: { [name]: engine }, mounts: { '/opt/container': container } };
}

const id = '3f4a5b6c7d8e';

const questions = {
  crictl: `[ "$*" = 'ps --state Running --name ^etcd$ --quiet' ]`,
  podman: `[ "$*" = 'ps --quiet --filter label=io.kubernetes.container.name=etcd' ]`,
} as const;

const script = (name: ContainerEngine['name']): string => `#!/bin/sh
# a stand-in of Hozon's testbed, no ${name}
[ "$(id -u)" = 0 ] || { echo '${name}: permission denied' >&2; exit 1; }
if ${questions[name]}; then echo ${id}; exit; fi
if [ "$1 $2" != 'exec ${id}' ]; then echo "${name} stand-in: not understood: $*" >&2; exit 64; fi
shift 2
PATH=/opt/container:$PATH exec "$@"
`;
