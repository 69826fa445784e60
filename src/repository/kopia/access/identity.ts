import { hostname, userInfo } from 'node:os';

/** Who writes, as kopia has it: snapshots, sessions and the ownership of maintenance are ascribed to `username@hostname`. */
export interface KopiaIdentity {
  readonly username: string;
  readonly hostname: string;
}

/** Who kopia would say this process is: the host's name in lower case and up to its first point. */
export function ownIdentity(): KopiaIdentity {
  return { username: nameOfUser(), hostname: (hostname().split('.')[0] ?? '').toLowerCase() };
}

/** As kopia writes it. */
export function identityText({ username, hostname: host }: KopiaIdentity): string {
  return `${username}@${host}`;
}

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'nobody'; // a number that the system has no name for
  }
}
