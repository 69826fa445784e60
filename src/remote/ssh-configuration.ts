import { homedir } from 'node:os';
import { join } from 'node:path';
import { remoteErrors } from './errors.ts';

/** Where and how a machine is reached over SSH. What is not given comes from the user's own configuration of SSH. */
export interface SshAddress {
  /** A host name, an address, or a `Host` of the configuration; `USER@` may stand in front. */
  readonly destination: string;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  /**
   * The private key that is tried first, and of the agent only that; those that the user's configuration names for the machine follow. It
   * must be usable without a passphrase, or be in the agent.
   */
  readonly identityFile?: string | undefined;
  /** The only file whose host keys count. */
  readonly knownHostsFile?: string | undefined;
  /** Machines to go through, as `ssh -J` takes them: `user@bastion:22,inner`. */
  readonly jump?: string | undefined;
  /** Instead of `~/.ssh/config`. */
  readonly configurationFile?: string | undefined;
  /** Seconds to wait for a connection; 20 unless given. */
  readonly connectTimeout?: number | undefined;
  /** Seconds until the login shell must have answered, of all machines that lie between too; 40 more than a connection unless given. */
  readonly loginTimeout?: number | undefined;
}

/** How long the shared connection outlives its last use, in seconds, where the process that made it dies. */
const persistSeconds = 60;

/** What {@link SshAddress} leaves open, in seconds. */
export function timeoutsOf({ connectTimeout = 20, loginTimeout = connectTimeout + 40 }: SshAddress): {
  readonly connect: number;
  readonly login: number;
} {
  return { connect: connectTimeout, login: loginTimeout };
}

/**
 * The configuration file of SSH for one address: the first value of an option counts, so what is said here wins over the files of
 * the user and the system, which follow. It is a file because only that reaches the connections to jump hosts too.
 */
export function sshConfiguration(address: SshAddress): string {
  const { identityFile, knownHostsFile } = address;
  const own = address.configurationFile ?? join(homedir(), '.ssh', 'config');
  return [
    'BatchMode yes',
    'StrictHostKeyChecking yes',
    'UpdateHostKeys no',
    ...(knownHostsFile === undefined
      ? []
      : [
          `UserKnownHostsFile ${fileName(knownHostsFile)}`,
          'GlobalKnownHostsFile /dev/null',
          'VerifyHostKeyDNS no',
          'NoHostAuthenticationForLocalhost no',
        ]),
    ...(identityFile === undefined ? [] : [`IdentityFile ${fileName(identityFile)}`, 'IdentitiesOnly yes']),
    `ConnectTimeout ${timeoutsOf(address).connect}`,
    'ServerAliveInterval 15',
    'ServerAliveCountMax 4',
    'ForwardAgent no',
    'ForwardX11 no',
    'PermitLocalCommand no',
    'LogLevel INFO',
    `Include ${fileName(own)}`,
    ...(address.configurationFile === undefined ? ['Include /etc/ssh/ssh_config'] : []),
    '',
  ].join('\n');
}

/**
 * What a command line of `ssh` begins with: the configuration, the shared connection (or none without a socket), and the way to
 * the machine.
 */
export function sshArguments(
  address: SshAddress,
  { configuration, socket }: { configuration: string; socket: string | undefined },
): string[] {
  const { port, user, jump } = address;
  const shared = ['-o', 'ControlMaster=auto', '-o', `ControlPersist=${persistSeconds}`, '-S', socket ?? ''];
  return [
    '-F',
    configuration,
    ...(socket === undefined ? ['-o', 'ControlMaster=no', '-S', 'none'] : shared),
    '-T',
    '-o',
    'RemoteCommand=none',
    '-o',
    'ClearAllForwardings=yes',
    '-o',
    'EscapeChar=none',
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(jump === undefined ? [] : ['-J', jump]),
  ];
}

/** @throws `remote.destination-invalid` for what SSH would read as an option or a shell as more than a name. */
export function checkAddress({ destination, user, jump }: SshAddress): void {
  for (const text of [destination, user, jump]) {
    if (text === undefined || /^[\p{L}\p{N}_[][^\s\p{Cc}'"`$\\;&<>|(){}*?!]*$/u.test(text)) continue;
    throw remoteErrors.raise['destination-invalid']({ destination: text });
  }
}

/** A file name in a configuration of SSH, where `%` begins a token, `$` a variable, and quotes cannot be escaped. */
function fileName(path: string): string {
  if (/["$\p{Cc}\\]/u.test(path)) throw remoteErrors.raise['destination-invalid']({ destination: path });
  return `"${path.replaceAll('%', '%%')}"`;
}
