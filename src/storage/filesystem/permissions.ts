import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Message, message } from '#foundation/language.ts';
import { isAbsent } from './failures.ts';

/** Something about a location that its owner should know, though it does not stop the work. */
export interface LocationFinding {
  /** Stable, for programs. */
  readonly code: 'location.shared-writable' | 'location.shared-readable' | 'location.foreign-owner';
  readonly message: Message;
}

/**
 * What is questionable about the permissions of a location's directory, `[]` if nothing is or it does not exist
 * yet (Hozon makes it with mode 0700).
 *
 * An existing directory is used as it is and never chmod'ed: it may be a share or a mount whose mode is somebody's
 * decision. What Hozon writes into it stays private, since directories are made with 0700 and files with 0600;
 * what a wider mode gives away is the names at the top level and, if writable, the power to replace or remove
 * backups. That is what the findings say.
 */
export async function findingsOfDirectory(path: string): Promise<readonly LocationFinding[]> {
  let info: Stats;
  try {
    info = await stat(path);
  } catch (thrown) {
    if (isAbsent(thrown)) return [];
    throw thrown;
  }
  const mode = (info.mode & 0o7777).toString(8).padStart(4, '0');
  const findings: LocationFinding[] = [];
  const owner = process.getuid?.();
  if (owner !== undefined && info.uid !== owner && info.uid !== 0) {
    findings.push({ code: 'location.foreign-owner', message: foreignOwner(path, info.uid) });
  }
  if ((info.mode & 0o022) !== 0) {
    findings.push({ code: 'location.shared-writable', message: writable(path, mode) });
  } else if ((info.mode & 0o055) !== 0) {
    findings.push({ code: 'location.shared-readable', message: readable(path, mode) });
  }
  return findings;
}

const writable = (path: string, mode: string) =>
  message({
    en: () =>
      `${path} has mode ${mode}: other users of this machine can remove or replace backups; \`chmod 700\` it unless that is meant`,
    ja: () =>
      `${path} のモードは ${mode} です。このマシンの他のユーザーがバックアップを削除または置換できます。意図したものでなければ \`chmod 700\` を実行してください`,
  });

const readable = (path: string, mode: string) =>
  message({
    en: () =>
      `${path} has mode ${mode}: other users of this machine can see that there are backups (not what is in them); \`chmod 700\` it unless that is meant`,
    ja: () =>
      `${path} のモードは ${mode} です。このマシンの他のユーザーにバックアップの存在が見えます (内容は見えません)。意図したものでなければ \`chmod 700\` を実行してください`,
  });

const foreignOwner = (path: string, uid: number) =>
  message({
    en: () => `${path} belongs to user ${uid}, who can remove or replace backups`,
    ja: () => `${path} の所有者はユーザー ${uid} で、バックアップを削除または置換できます`,
  });
