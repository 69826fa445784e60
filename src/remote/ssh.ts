import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from '#foundation/timed-signals.ts';
import { remoteErrors, saidBy } from './errors.ts';
import type { Host } from './host.ts';
import { hostOver } from './host-over.ts';
import type { Transport } from './session.ts';
import {
  checkAddress,
  type SshAddress,
  sshArguments,
  sshConfiguration,
  timeoutsOf,
} from './ssh-configuration.ts';
import { connectionFailure, isHalfSaid, shellFailure } from './ssh-failures.ts';
import { bootstrap, bootstrapAsRoot } from './supervisor.ts';

export interface SshHostOptions extends SshAddress {
  /** Every command runs as root by `sudo -n`. */
  readonly sudo?: boolean | undefined;
  /** How it is called in messages; the destination unless given. */
  readonly name?: string | undefined;
}

/**
 * A machine over the system's OpenSSH client, with the user's agent, jump hosts and configuration. Nothing is asked of
 * the user, and a host key that is not known is refused. All commands share one connection, made by the first
 * of them and ended by disposal (or a minute after this process has died).
 *
 * @throws `remote.destination-invalid`
 */
export function sshHost(options: SshHostOptions): Host {
  checkAddress(options);
  const connection = new SharedConnection(options);
  const { name = options.destination } = options;
  const program = options.sudo === true ? bootstrapAsRoot : bootstrap;
  const transport: Transport = {
    async start(signal) {
      await connection.open(signal);
      return connection.start(program);
    },
    async interrupt(group) {
      const child = await connection.start(`${options.sudo === true ? 'sudo -n ' : ''}kill -TERM -${group}`);
      await finished(child);
    },
    refusal: said => (refusedConnection(said) ? connectionFailure(name, said) : shellFailure(name, said)),
    loss: (command, said) =>
      remoteErrors.raise['connection-lost']({ host: name, command, said: saidBy(said) }),
  };
  return hostOver(name, transport, () => connection[Symbol.asyncDispose]());
}

/** Whether the client itself says why, and not the machine's shell. */
function refusedConnection(said: string): boolean {
  return /^(ssh: |kex_|Connection |Host key|.*Permission denied \(|mux_|client_loop)/m.test(said);
}

/** The connection that all commands to one machine share, and the private directory that its socket is in. */
class SharedConnection {
  readonly #address: SshHostOptions;
  #directory: Promise<string> | undefined;
  #opened: Promise<void> | undefined;
  /** Ends an attempt to connect that is under way. */
  #disposal = new AbortController();

  constructor(address: SshHostOptions) {
    this.#address = address;
  }

  /** Connects where that has not been done. What failed is tried again the next time. */
  async open(signal: AbortSignal | undefined): Promise<void> {
    this.#opened ??= this.#connect().catch((thrown: unknown) => {
      this.#opened = undefined;
      throw thrown;
    });
    await abortable(this.#opened, signal);
  }

  /** Runs a line of the login shell of the machine. */
  async start(
    line: string,
    { shared = true }: { readonly shared?: boolean } = {},
  ): Promise<ChildProcessWithoutNullStreams> {
    const child = spawn('ssh', [...(await this.#arguments(shared)), '--', this.#address.destination, line], {
      detached: true, // a Ctrl-C at the terminal is for this process to handle
    });
    try {
      await once(child, 'spawn');
    } catch (thrown) {
      throw remoteErrors.raise['ssh-missing'](undefined, { cause: thrown });
    }
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#directory === undefined) return;
    this.#disposal.abort();
    await this.#opened?.catch(() => {}); // an attempt under way would leave its connection behind
    const args = [...(await this.#arguments(true)), '-O', 'exit', '--', this.#address.destination];
    const child = spawn('ssh', args, { stdio: 'ignore' });
    await once(child, 'close').catch(() => {}); // nothing to end where there is no ssh
    await rm(await this.#directory, { recursive: true, force: true });
    this.#directory = undefined;
    this.#opened = undefined;
    this.#disposal = new AbortController();
  }

  async #connect(): Promise<void> {
    const shared = await this.#attempt({ shared: true });
    if (shared === undefined) return;
    const alone = isHalfSaid(shared) ? await this.#attempt({ shared: false }) : undefined;
    throw connectionFailure(this.#address.name ?? this.#address.destination, alone ?? shared);
  }

  /** Logs in. Resolves to what was said where that failed; what the login shell makes of it, the first command will meet. */
  async #attempt(how: { readonly shared: boolean }): Promise<string | undefined> {
    const { login } = timeoutsOf(this.#address);
    using limit = after(login * 1000);
    const child = await this.start('exit 0', how);
    child.stdin.on('error', () => {});
    child.stdin.end();
    const given = AbortSignal.any([limit.signal, this.#disposal.signal]);
    const { code, said } = await finished(child, given);
    if (code !== 255 && code !== null) return undefined;
    return limit.signal.aborted ? `${said}\nnobody was logged in within ${login} seconds` : said;
  }

  async #arguments(shared: boolean): Promise<string[]> {
    this.#directory ??= this.#prepare();
    const directory = await this.#directory;
    const files = {
      configuration: join(directory, 'config'),
      socket: shared ? join(directory, 's') : undefined,
    };
    return sshArguments(this.#address, files);
  }

  async #prepare(): Promise<string> {
    const configuration = sshConfiguration(this.#address);
    const directory = await mkdtemp(join(socketParent(), 'hozon-ssh-'));
    await writeFile(join(directory, 'config'), configuration, { mode: 0o600 });
    return directory;
  }
}

/** Sockets have names of at most 108 bytes, and the client adds some of its own while it makes one. */
function socketParent(): string {
  const preferred = tmpdir();
  return Buffer.byteLength(preferred) <= 60 ? preferred : '/tmp';
}

/** How it ended, and what it said; `null` where the signal ended it and the clients that it had started. */
async function finished(
  child: ChildProcessWithoutNullStreams,
  signal?: AbortSignal,
): Promise<{ code: number | null; said: string }> {
  let said = '';
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-65_536);
  });
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL');
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
  };
  signal?.addEventListener('abort', kill, { once: true });
  const closed = once(child, 'close');
  if (signal?.aborted === true) kill();
  try {
    const [code] = (await closed) as [number | null];
    return { code, said };
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}

async function abortable(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    promise.catch(() => {});
  }
}
