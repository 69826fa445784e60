import type { SnapshotFilter } from '#repository/restic/reading/choose.ts';
import { parseTagList } from '#repository/retention/tag-lists.ts';
import type { Context } from '../../context.ts';
import { resticEnvironment } from '../../repository/environment.ts';
import type { FlagValues } from '../../spec.ts';
import type { filter } from './specs/filter.ts';

/** Which snapshots the flags mean. As in restic, an empty `--host` means those of all hosts, whatever RESTIC_HOST says. */
export function filterOf(flags: FlagValues<typeof filter>, { env }: Pick<Context, 'env'>): SnapshotFilter {
  const { host } = resticEnvironment(env);
  const hosts = flags.host ?? (host === undefined ? [] : [host]);
  return {
    hosts: hosts.filter(name => name !== ''),
    tags: (flags.tag ?? []).map(parseTagList),
    paths: flags.path ?? [],
  };
}
