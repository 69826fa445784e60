import type { CompletedPart, ObjectLockMode, StorageClass } from '@aws-sdk/client-s3';
import { isHozonError } from '#foundation/errors.ts';
import { retry } from '#foundation/retry.ts';
import { raise } from '../errors.ts';
import type { PutOptions } from '../object-store.ts';
import { type Connection, sending } from './connection.ts';
import { nameOfFailure, type Subject, s3Failure } from './failures.ts';
import { maxParts, partSize, partsAtOnce } from './part-sizes.ts';

/** One object to be written, and how. */
export interface Upload {
  readonly connection: Connection;
  readonly subject: Subject;
  /** The object's name in the bucket. */
  readonly objectKey: string;
  /** `*` where the key must be free. */
  readonly ifNoneMatch?: '*' | undefined;
  /** Unlike that of any other upload; kept as metadata of the object, to recognise it after a lost answer. */
  readonly token: string;
  readonly size: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** What this object alone begins with. */
  readonly keeping: Keeping;
}

/** The class of storage of an object, and its lock. */
export interface Keeping {
  readonly StorageClass?: StorageClass;
  readonly ObjectLockMode?: ObjectLockMode;
  readonly ObjectLockRetainUntilDate?: Date;
}

/** As S3 has it. */
export function keepingOf({ storageClass, retention }: PutOptions): Keeping {
  return {
    ...(storageClass === undefined ? {} : { StorageClass: storageClass as StorageClass }),
    ...(retention === undefined
      ? {}
      : { ObjectLockMode: retention.mode, ObjectLockRetainUntilDate: retention.until }),
  };
}

/** The metadata of an object that says which upload made it. */
export const tokenMetadata = 'hozon-upload';

/**
 * Sends a stream in parts, of which only the few under way are held in memory. The object appears when all have
 * arrived; after any failure the upload is aborted. What may be repeated is tried again here, since the stream
 * cannot be read twice. Resolves with the object's size.
 */
export async function uploadInParts(upload: Upload, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const uploadId = await createUpload(upload);
  const halt = new AbortController();
  const signal = upload.signal === undefined ? halt.signal : AbortSignal.any([upload.signal, halt.signal]);
  try {
    const { parts, size } = await sendParts({ ...upload, signal }, uploadId, chunks, halt);
    upload.signal?.throwIfAborted();
    await complete(upload, uploadId, parts);
    return size;
  } catch (thrown) {
    halt.abort(thrown);
    await abortUpload(upload.connection, upload.objectKey, uploadId).catch(() => {}); // `unfinished` lists it
    throw thrown;
  }
}

/** Discards an upload and its parts. Succeeds if there is none (any more). */
export async function abortUpload(
  { sdk, client, settings }: Connection,
  objectKey: string,
  uploadId: string,
  signal: AbortSignal = AbortSignal.timeout(30_000),
): Promise<void> {
  const command = new sdk.AbortMultipartUploadCommand({
    Bucket: settings.bucket,
    Key: objectKey,
    UploadId: uploadId,
  });
  try {
    await client.send(command, sending(signal));
  } catch (thrown) {
    if (nameOfFailure(thrown) !== 'NoSuchUpload') throw thrown;
  }
}

async function createUpload(upload: Upload): Promise<string> {
  const { sdk, client, settings, storing, checksum } = upload.connection;
  const answer = await repeated(upload, () =>
    client.send(
      new sdk.CreateMultipartUploadCommand({
        Bucket: settings.bucket,
        Key: upload.objectKey,
        Metadata: { [tokenMetadata]: upload.token },
        ...storing,
        ...upload.keeping,
        ...checksum,
      }),
      sending(upload.signal),
    ),
  );
  if (answer.UploadId === undefined) {
    throw raise.failed({ ...upload.subject, reason: 'the server began an upload without naming it' });
  }
  return answer.UploadId;
}

interface Part {
  readonly number: number;
  readonly bytes: Uint8Array;
}

async function sendParts(
  upload: Upload,
  uploadId: string,
  chunks: AsyncIterable<Uint8Array>,
  halt: AbortController,
): Promise<{ parts: CompletedPart[]; size: number }> {
  const parts: CompletedPart[] = [];
  const underWay: Promise<CompletedPart>[] = [];
  const takeFirst = async () => parts.push(await (underWay.shift() as Promise<CompletedPart>));
  let size = 0;
  try {
    for await (const part of partsOf(chunks, upload)) {
      size += part.bytes.length;
      const sent = sendPart(upload, uploadId, part);
      sent.catch(thrown => halt.abort(thrown));
      underWay.push(sent);
      while (underWay.length >= partsAtOnce(part.bytes.length)) await takeFirst();
    }
    while (underWay.length > 0) await takeFirst();
    return { parts, size };
  } finally {
    if (underWay.length > 0) halt.abort(new Error('another part failed'));
    await Promise.allSettled(underWay);
  }
}

/** Cuts a stream into parts, each in one buffer of its own. */
async function* partsOf(chunks: AsyncIterable<Uint8Array>, upload: Upload): AsyncGenerator<Part> {
  let number = 1;
  let buffer = bufferOfPart(number, upload);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      if (filled === buffer.length) {
        yield { number, bytes: buffer };
        number++;
        buffer = bufferOfPart(number, upload);
        filled = 0;
      }
      const taken = Math.min(chunk.length - at, buffer.length - filled);
      buffer.set(chunk.subarray(at, at + taken), filled);
      at += taken;
      filled += taken;
    }
  }
  if (filled > 0) yield { number, bytes: buffer.subarray(0, filled) };
}

function bufferOfPart(number: number, { size, subject }: Upload): Buffer {
  if (number > maxParts) throw raise['no-space']({ ...subject, reason: 'an object holds at most 5 TiB' });
  return Buffer.allocUnsafe(partSize(number, size));
}

async function sendPart(upload: Upload, uploadId: string, part: Part): Promise<CompletedPart> {
  const { sdk, client, settings, customerKey, checksum } = upload.connection;
  const answer = await repeated(upload, () =>
    client.send(
      new sdk.UploadPartCommand({
        Bucket: settings.bucket,
        Key: upload.objectKey,
        UploadId: uploadId,
        PartNumber: part.number,
        Body: part.bytes,
        ContentLength: part.bytes.length,
        ...customerKey,
        ...checksum,
      }),
      sending(upload.signal),
    ),
  );
  const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumSHA1, ChecksumSHA256 } = answer;
  return { PartNumber: part.number, ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumSHA1, ChecksumSHA256 };
}

async function complete(upload: Upload, uploadId: string, parts: CompletedPart[]): Promise<void> {
  const { sdk, client, settings, customerKey } = upload.connection;
  const command = () =>
    new sdk.CompleteMultipartUploadCommand({
      Bucket: settings.bucket,
      Key: upload.objectKey,
      UploadId: uploadId,
      MultipartUpload: { Parts: parts },
      ...(upload.ifNoneMatch === undefined ? {} : { IfNoneMatch: upload.ifNoneMatch }),
      ...customerKey,
    });
  let answerLost = false;
  await repeated(upload, async () => {
    try {
      await client.send(command(), sending(upload.signal));
    } catch (thrown) {
      if (answerLost && (await wasStored(upload))) return;
      answerLost = true;
      throw thrown;
    }
  }).catch(async (thrown: unknown) => {
    upload.signal?.throwIfAborted();
    if (!isHozonError(thrown, 'storage.unavailable') || !(await wasStored(upload))) throw thrown;
  });
}

/** Whether the key holds what this very upload wrote. `false` where that cannot be found out. */
export async function wasStored(upload: Upload): Promise<boolean> {
  const { sdk, client, settings, customerKey } = upload.connection;
  const command = new sdk.HeadObjectCommand({
    Bucket: settings.bucket,
    Key: upload.objectKey,
    ...customerKey,
  });
  try {
    const head = await client.send(command, sending(upload.signal));
    return head.Metadata?.[tokenMetadata] === upload.token;
  } catch {
    upload.signal?.throwIfAborted();
    return false;
  }
}

async function repeated<T>(upload: Upload, request: () => Promise<T>): Promise<T> {
  const attempt = async () => {
    try {
      return await request();
    } catch (thrown) {
      upload.signal?.throwIfAborted();
      throw s3Failure(thrown, upload.subject);
    }
  };
  return retry(attempt, {
    signal: upload.signal,
    retryable: thrown => isHozonError(thrown) && thrown.retry === 'later',
  });
}
