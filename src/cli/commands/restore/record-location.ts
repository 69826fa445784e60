import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isHozonError } from '#foundation/errors.ts';
import type { Context, Env } from '../../context.ts';
import type { OpenedLocation } from '../../locations/location.ts';
import { restoreTexts } from './messages.ts';

/**
 * Where the record of a restore goes: the location of other restores. One from a snapshot of etcd needs none, as the
 * cluster and everything else may be lost: its record then stays on this machine, and the person is told where.
 */
export async function recordLocation(
  { fromEtcdSnapshot }: { readonly fromEtcdSnapshot?: string | undefined },
  context: Context,
): Promise<OpenedLocation> {
  if (fromEtcdSnapshot === undefined) return context.location();
  try {
    return await context.location();
  } catch (thrown) {
    if (!isHozonError(thrown, 'cli.no-location')) throw thrown;
  }
  const directory = localRecords(context.env);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const location = await context.location(pathToFileURL(directory).href);
  context.note(restoreTexts.recordedHere({ url: location.store.url }));
  return location;
}

/** The context of commands that a person may run next: with the location of the record, where no flag names it. */
export function namingLocation({ name, origin }: OpenedLocation, context: Context): Context {
  const { globals } = context;
  return globals.location === undefined && origin === 'flag'
    ? { ...context, globals: { ...globals, location: name } }
    : context;
}

/** `$XDG_STATE_HOME/hozon`, else `~/.local/state/hozon`: where programs keep what they did. */
export function localRecords(env: Env): string {
  const state = env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state');
  return join(state, 'hozon');
}
