import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { remoteErrors, saidBy } from './errors.ts';
import type { Host } from './host.ts';
import { hostOver } from './host-over.ts';
import type { Transport } from './session.ts';
import { bootstrap, bootstrapAsRoot } from './supervisor.ts';

export interface LocalHostOptions {
  /** Every command runs as root by `sudo -n`. */
  readonly sudo?: boolean;
}

/** This machine. */
export function localHost({ sudo = false }: LocalHostOptions = {}): Host {
  const name = 'localhost';
  const transport: Transport = {
    start: () => startShell(sudo ? bootstrapAsRoot : bootstrap),
    interrupt: async group => {
      if (!sudo) process.kill(-group, 'SIGTERM');
      else await once(spawn('sudo', ['-n', 'kill', '-TERM', `-${group}`], { stdio: 'ignore' }), 'close');
    },
    refusal: said =>
      sudo
        ? remoteErrors.raise['sudo-refused']({ host: name, said: saidBy(said) })
        : remoteErrors.raise['shell-unusable']({ host: name, said: saidBy(said) }),
    loss: (command, said) =>
      remoteErrors.raise['connection-lost']({ host: name, command, said: saidBy(said) }),
  };
  return hostOver(name, transport, async () => {});
}

async function startShell(program: string): Promise<ChildProcessWithoutNullStreams> {
  const child = spawn('/bin/sh', ['-c', program], { detached: true });
  await once(child, 'spawn');
  return child;
}
