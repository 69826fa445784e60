import { randomBytes } from 'node:crypto';
import { lstat, mkdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describeThrown } from '#foundation/errors.ts';
import { type Message, say } from '#foundation/language.ts';
import { textAt } from '#kube/fields.ts';
import type { Json } from '#steps/step.ts';
import { raise } from '../errors.ts';

/** A name for a directory that is unlike any other. */
export function newSpoolId(): string {
  return randomBytes(8).toString('hex');
}

/**
 * The directory of an id. The id may come from the journal, which others may have changed: what is no id leads nowhere.
 *
 * @throws `hosted-cluster.journal-unreadable`
 */
export function spoolPath(base: string, id: string): string {
  if (!/^[0-9a-f]{16}$/.test(id))
    throw raise['journal-unreadable']({ configMap: `spool ${JSON.stringify(id)}` });
  return join(base, `hozon-spool-${id}`);
}

/** Makes the directory, readable by nobody else, empty. */
export async function makeSpool(base: string, id: string): Promise<string> {
  await removeSpool(base, id);
  const path = spoolPath(base, id);
  await mkdir(path, { mode: 0o700 });
  return path;
}

/** Whether the directory is there and ours alone: on another machine, or after a restart, it is not. */
export async function isSpool(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true && (found.mode & 0o077) === 0 && found.uid === process.getuid?.();
}

/** What the journal remembers of a spool: its id, and for people the machine and the path. */
export function spoolMemory(base: string, id: string): Json {
  return { id, host: hostname(), path: spoolPath(base, id) };
}

/** The id of a remembered spool; empty where there is none. */
export function spoolIdIn(memory: Json | undefined): string {
  return textAt(memory, 'id') ?? '';
}

/** What is said where a run goes on, here, that has spooled in another place; `undefined` where it has not. */
export function spooledElsewhere(base: string, memory: Json | undefined): Message | undefined {
  const [host, known] = placeIn(memory);
  return host === hostname() && known === spoolPath(base, spoolIdIn(memory))
    ? undefined
    : elsewhere(host, known);
}

function placeIn(memory: Json | undefined): readonly [host: string, path: string] {
  return [textAt(memory, 'host') ?? '?', textAt(memory, 'path') ?? '?'];
}

/** Removes a remembered spool; what is left of it, or may be, is said. A path of the journal is shown, never followed. */
export async function discardSpool(base: string, memory: Json | undefined): Promise<Message | undefined> {
  if (memory === undefined) return undefined;
  const [host, known] = placeIn(memory);
  try {
    const isHere = await isSpool(spoolPath(base, spoolIdIn(memory)));
    await removeSpool(base, spoolIdIn(memory));
    return isHere ? undefined : spooledElsewhere(base, memory);
  } catch (thrown) {
    return say(
      `The spooled snapshots could not be removed (${describeThrown(thrown)}); remove them by hand: ${known} on ${host}`,
      `一時保存したスナップショットを削除できませんでした (${describeThrown(thrown)})。手動で削除してください: ${host} の ${known}`,
    );
  }
}

function elsewhere(host: string, path: string): Message {
  return say(
    `Spooled snapshots may lie elsewhere, in ${path} on ${host}, or by that name on others where the run went on: remove them there.`,
    `一時保存したスナップショットが ${host} の ${path}、または処理を引き継いだ他のマシンの同名のディレクトリーに残っている可能性があります。そこで削除してください。`,
  );
}

/** Removing what is not there succeeds. */
export async function removeSpool(base: string, id: string): Promise<void> {
  await rm(spoolPath(base, id), { recursive: true, force: true });
}
