import { isHozonError } from '#foundation/errors.ts';
import { raise } from '../errors.ts';
import { sending } from './connection.ts';
import { nameOfFailure, notS3, s3Failure } from './failures.ts';
import { tokenMetadata, type Upload, wasStored } from './multipart.ts';

/**
 * Stores a body in one request; resolves with its size. Where the key must be free and somebody else holds it,
 * `storage.already-exists`.
 */
export async function putWhole(upload: Upload, bytes: Uint8Array): Promise<number> {
  const { sdk, client, settings, storing, checksum } = upload.connection;
  const command = new sdk.PutObjectCommand({
    Bucket: settings.bucket,
    Key: upload.objectKey,
    Body: bytes,
    ContentLength: bytes.length,
    Metadata: { [tokenMetadata]: upload.token },
    ...storing,
    ...upload.keeping,
    ...checksum,
    ...(upload.ifNoneMatch === undefined ? {} : { IfNoneMatch: upload.ifNoneMatch }),
  });
  try {
    const answer = await client.send(command, sending(upload.signal));
    if (answer.ETag === undefined) throw notS3(upload.subject);
  } catch (thrown) {
    upload.signal?.throwIfAborted();
    await explain(upload, thrown);
  }
  return bytes.length;
}

/** Returns where the object is there after all, though the answer was lost; throws otherwise. */
async function explain(upload: Upload, thrown: unknown): Promise<void> {
  if (upload.ifNoneMatch === undefined) throw thrown;
  const failure = s3Failure(thrown, upload.subject);
  const conflicting = nameOfFailure(thrown) === 'ConditionalRequestConflict';
  if (conflicting && (await isTaken(upload))) throw raise['already-exists'](upload.subject);
  const ambiguous =
    isHozonError(failure, 'storage.unavailable') || isHozonError(failure, 'storage.already-exists');
  if (!ambiguous || !(await wasStored(upload))) throw failure;
}

async function isTaken({ connection, objectKey, signal }: Upload): Promise<boolean> {
  const { sdk, client, settings, customerKey } = connection;
  const command = new sdk.HeadObjectCommand({ Bucket: settings.bucket, Key: objectKey, ...customerKey });
  return client.send(command, sending(signal)).then(
    () => true,
    () => false,
  );
}
