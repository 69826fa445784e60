import { homedir } from 'node:os';
import { join } from 'node:path';
import { remoteErrors } from './errors.ts';

/** Where and how a machine is reached over SSH. What is not given comes from the user's own configuration of SSH. */
export interface SshAddress {
  /** A host name, an address, or a `Host` of the configuration; `USER@` may stand in front. */
  readonly destination: string;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  /** The private key that is used and no other; it must be usable without a passphrase. */
  readonly identityFile?: string | undefined;
  /** The only file whose host keys count. */
  readonly knownHostsFile?: string | undefined;
  /** Machines to go through, as `ssh -J` takes them: `user@bastion:22,inner`. */
  readonly jump?: string | undefined;
  /** Instead of `~/.ssh/config`. */
  readonly configurationFile?: string | undefined;
  /** Seconds to wait for a connection; 20 unless given. */
  readonly connectTimeout?: number | undefined;
}

/** How long the shared connection outlives its last use, in seconds, where the process that made it dies. */
const persistSeconds = 60;

/**
 * The configuration file of SSH for one address: the first value of an option counts, so what is said here wins over the files of
 * the user and the system, which follow. It is a file because only that reaches the connections to jump hosts too.
 */
export function sshConfiguration(address: SshAddress): string {
  const { identityFile, knownHostsFile, connectTimeout = 20 } = address;
  const own = address.configurationFile ?? join(homedir(), '.ssh', 'config');
  return [
    'BatchMode yes',
    'StrictHostKeyChecking yes',
    'UpdateHostKeys no',
    ...(knownHostsFile === undefined
      ? []
      : [`UserKnownHostsFile ${fileName(knownHostsFile)}`, 'GlobalKnownHostsFile /dev/null']),
    ...(identityFile === undefined ? [] : [`IdentityFile ${fileName(identityFile)}`, 'IdentitiesOnly yes']),
    `ConnectTimeout ${connectTimeout}`,
    'ServerAliveInterval 15',
    'ServerAliveCountMax 4',
    'ForwardAgent no',
    'ForwardX11 no',
    'PermitLocalCommand no',
    'LogLevel ERROR',
    `Include ${fileName(own)}`,
    ...(address.configurationFile === undefined ? ['Include /etc/ssh/ssh_config'] : []),
    '',
  ].join('\n');
}

/** What a command line of `ssh` begins with: the configuration, the shared connection, and the way to the machine. */
export function sshArguments(
  address: SshAddress,
  files: { configuration: string; socket: string },
): string[] {
  const { port, user, jump } = address;
  return [
    '-F',
    files.configuration,
    '-o',
    'ControlMaster=auto',
    '-o',
    `ControlPersist=${persistSeconds}`,
    '-S',
    files.socket,
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
