import { type CopySource, type CopyTarget } from '#repository/copying/copy.ts';
import { ownIdentity } from '#repository/kopia/access/identity.ts';
import { type IndexedKopia, refreshContents } from '#repository/kopia/access/indexed.ts';
import { loadManifests } from '#repository/kopia/access/manifests.ts';
import { kopiaBrowsable } from '#repository/kopia/browsing/browsable.ts';
import { kopiaEnd } from '#repository/kopia/copying/end.ts';
import { kopiaLanding } from '#repository/kopia/copying/landing.ts';
import { effectivePolicy } from '#repository/kopia/policies/stored-policies.ts';
import { type IndexedRepository, loadIndex } from '#repository/restic/access/indexed.ts';
import { resticBrowsable } from '#repository/restic/browsing/browsable.ts';
import { resticEnd } from '#repository/restic/copying/end.ts';
import { resticLanding } from '#repository/restic/copying/landing.ts';
import { resticCompression } from '../../repository/environment.ts';
import { placeOf } from '../../repository/place.ts';
import type { RepositoryKind } from '../../spec.ts';
import { hozonVersion } from '../../version.ts';
import type { OtherSide } from './from.ts';
import { indexedKopia } from './kopia/open.ts';
import { lockedRepository } from './open.ts';

/** One side of a copy. */
export interface Side {
  readonly end: CopySource;
  /** Aborts where a lock is lost, too. */
  readonly signal: AbortSignal;
  /** What copies are written with. */
  readonly landing: () => CopyTarget<unknown>['landing'];
  /** The same side after something was written to it. */
  readonly again: () => Promise<CopySource>;
}

/** Opens one side; a restic repository is locked as `use` says. @throws as opening, locking and reading do */
export async function openSide(
  side: OtherSide,
  format: RepositoryKind,
  use: 'read' | 'append',
): Promise<Side> {
  return format === 'kopia' ? kopiaSide(side) : resticSide(side, use);
}

/** The target of the global policy. */
const everything = { host: '', userName: '', path: '' };

async function kopiaSide({ flags, context }: OtherSide): Promise<Side> {
  const { clock, signal } = context;
  const { identity = ownIdentity() } = await placeOf(flags, context);
  const repository = await indexedKopia(flags, context);
  const endOf = (now: IndexedKopia): Promise<CopySource> => kopiaEnd(now, kopiaBrowsable(now), { signal });
  const manifests = await loadManifests(repository, { signal });
  const { policy } = effectivePolicy(manifests, everything);
  return {
    end: await endOf(repository),
    signal,
    landing: () => kopiaLanding(repository, { clock, identity, policy, signal }),
    again: async () => endOf(await refreshContents(repository, { clock, signal })),
  };
}

async function resticSide({ flags, context }: OtherSide, use: 'read' | 'append'): Promise<Side> {
  const { clock, env } = context;
  const { repository, signal } = await lockedRepository(flags, context, use);
  const endOf = (now: IndexedRepository): Promise<CopySource> =>
    resticEnd(now, resticBrowsable(now), { signal });
  const indexed = await loadIndex(repository, { signal });
  const compression = resticCompression(env);
  const program = `hozon ${hozonVersion()}`;
  return {
    end: await endOf(indexed),
    signal,
    landing: () => resticLanding(indexed, { clock, compression, program, signal }),
    again: async () => endOf(await loadIndex(repository, { signal })),
  };
}
