import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { raise } from '../errors.ts';
import type { Retention } from '../object-store.ts';
import { type Connection, sending } from './connection.ts';
import type { Subject } from './failures.ts';

/** An object, and how it is to be locked at least. */
export interface WantedLock {
  readonly target: { readonly Bucket: string; readonly Key: string };
  readonly subject: Subject;
  readonly retention: Retention;
}

/**
 * Locks an object until the wanted time where its lock ends before. The server is asked first: one that lets who owns the bucket go
 * round a lock would make it shorter, too. Without the right to see locks (`s3:GetObjectRetention`) what the server allows decides.
 *
 * @throws what the SDK throws; `storage.locked` where only a weaker lock would last long enough
 */
export async function lockLonger(
  { sdk, client, customerKey, checksum }: Connection,
  { target, subject, retention }: WantedLock,
  signal: AbortSignal | undefined,
): Promise<void> {
  const head = await client.send(new sdk.HeadObjectCommand({ ...target, ...customerKey }), sending(signal));
  const longer = longerLock(lockOf(head), retention, subject);
  if (longer === undefined) return;
  const Retention = { Mode: longer.mode, RetainUntilDate: longer.until };
  await client.send(
    new sdk.PutObjectRetentionCommand({ ...target, Retention, ...checksum }),
    sending(signal),
  );
}

/** The lock that an object is said to have, if it has not ended. */
function lockOf(head: HeadObjectCommandOutput): Retention | undefined {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = head;
  return mode === undefined || until === undefined || until.getTime() <= Date.now()
    ? undefined
    : { mode, until };
}

/** The lock that holds what both promise; `undefined` where that is the present one. @throws `storage.locked` */
function longerLock(
  present: Retention | undefined,
  wanted: Retention,
  subject: Subject,
): Retention | undefined {
  if (present === undefined) return wanted;
  const isLong = present.until >= wanted.until;
  const isStrict = present.mode === 'COMPLIANCE' || wanted.mode === 'GOVERNANCE';
  if (isLong && isStrict) return undefined;
  if (present.mode === 'COMPLIANCE' && wanted.mode === 'GOVERNANCE') {
    const reason = `its lock, in compliance mode until ${present.until.toISOString()}, cannot become one in governance mode`;
    throw raise.locked({ ...subject, reason });
  }
  return { mode: wanted.mode, until: isLong ? present.until : wanted.until };
}
