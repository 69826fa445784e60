import type { BlobInfo } from '../access/blobs.ts';
import type { SafetyMargins } from './safety.ts';

/** Why a blob that no index names stays for now. */
export type RetainedBecause = 'newer' | 'young' | 'session';

export interface OrphanFacts {
  /** Packs and session markers that there are. */
  readonly blobs: Iterable<BlobInfo>;
  /** Whether any entry of the index, deleted or not, lies in a pack. */
  readonly isUsed: (pack: string) => boolean;
  /** When each session last said that it lives. Milliseconds since 1970. */
  readonly sessions: ReadonlyMap<string, number>;
  /** When maintenance began, by the clock of the storage. */
  readonly began: number;
}

export interface OrphanPlan {
  readonly remove: readonly BlobInfo[];
  readonly retain: readonly { readonly blob: BlobInfo; readonly because: RetainedBecause }[];
}

/** Clocks of some storages go in steps. */
const slack = 1000;

/**
 * Which packs and session markers nobody needs: in no index, old enough, and of no session that may still write an index for
 * them (kopia's `repo/maintenance/pack_gc.go`). Pure.
 */
export function planOrphans(facts: OrphanFacts, safety: SafetyMargins): OrphanPlan {
  const cutoff = facts.began + slack;
  const remove: BlobInfo[] = [];
  const retain: { blob: BlobInfo; because: RetainedBecause }[] = [];
  for (const blob of facts.blobs) {
    if (facts.isUsed(blob.id)) continue;
    const because = reasonToKeep(blob, facts.sessions, { cutoff, safety });
    if (because === undefined) remove.push(blob);
    else retain.push({ blob, because });
  }
  return { remove, retain };
}

function reasonToKeep(
  { id, modified }: BlobInfo,
  sessions: ReadonlyMap<string, number>,
  { cutoff, safety }: { readonly cutoff: number; readonly safety: SafetyMargins },
): RetainedBecause | undefined {
  const age = cutoff - modified.getTime();
  if (age < 0) return 'newer';
  if (age < safety.packDeleteMinAge) return 'young';
  const checkpoint = sessions.get(sessionOf(id) ?? '');
  if (checkpoint !== undefined && cutoff - checkpoint < safety.sessionExpirationAge) return 'session';
  return undefined;
}

/** The session that wrote a blob, as its name says: the first part behind a `-` that begins with `s`. */
export function sessionOf(id: string): string | undefined {
  return id
    .split('-')
    .slice(1)
    .find(part => part.startsWith('s'));
}
