import { hostname, userInfo } from 'node:os';

/** Who writes: what key files, locks and snapshots say of it. */
export interface Identity {
  readonly hostname: string;
  readonly username: string;
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** This process. A user that the system has no name for has its number. */
export function ownIdentity(): Identity {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return { hostname: hostname(), username: nameOfUser() ?? String(uid), pid: process.pid, uid, gid };
}

function nameOfUser(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
