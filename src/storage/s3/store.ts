import { randomUUID } from 'node:crypto';
import { isHozonError } from '#foundation/errors.ts';
import { beginningOf, checkedChunks, WatchedBody } from '../bodies.ts';
import { raise } from '../errors.ts';
import { checkFolderPrefix, checkKey, checkPrefix } from '../keys.ts';
import type {
  Body,
  ByteRange,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  PutOptions,
  ReadOptions,
  Retention,
  StoredBody,
  StoreOptions,
  UnfinishedWrite,
} from '../object-store.ts';
import { checkRange } from '../ranges.ts';
import { type Connection, connect, sending, urlOf } from './connection.ts';
import { bucketFailure, nameOfFailure, notS3, type Subject, s3Failure } from './failures.ts';
import { type Listed, listFolders, listObjects, listUploads } from './listing.ts';
import { lockLonger } from './locking.ts';
import { abortUpload, keepingOf, type Upload, uploadInParts } from './multipart.ts';
import { smallestPart } from './part-sizes.ts';
import { discard, storedBody } from './response-body.ts';
import type { S3Settings } from './settings.ts';
import { putWhole } from './whole-object.ts';

/** Opens an S3 location: loads the SDK and the files that the settings name; asks nothing of the server. */
export async function openS3(settings: S3Settings): Promise<ObjectStore> {
  return new S3Store(await connect(settings));
}

/**
 * The objects of an S3 bucket, below a prefix. `putIfAbsent` uses conditional writes (`If-None-Match: *`); it looks
 * first, so that a server which ignores the condition overwrites only in a race. `modified` of what was just put
 * is this machine's time.
 */
class S3Store implements ObjectStore {
  readonly url: string;
  readonly #connection: Connection;
  readonly #base: string;
  #bucketSeen = false;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.url = urlOf(connection.settings);
    this.#base = connection.settings.prefix === '' ? '' : `${connection.settings.prefix}/`;
  }

  async get(key: string, options: ReadOptions = {}): Promise<StoredBody> {
    checkKey(key);
    const answer = await this.#getObject(key, undefined, options);
    return storedBody(answer, answer.ContentLength, this.#subject(key), options.signal);
  }

  async getRange(key: string, range: ByteRange, options: ReadOptions = {}): Promise<StoredBody> {
    checkKey(key);
    checkRange(range);
    if (range.length === 0) return this.#emptyRange(key, range, options);
    const answer = await this.#getObject(key, range, options);
    if (answer.ContentLength !== range.length) {
      discard(answer);
      const received = answer.ContentLength;
      throw raise.truncated({ ...this.#subject(key), expected: range.length, received });
    }
    return storedBody(answer, range.length, this.#subject(key), options.signal);
  }

  async put(key: string, body: Body, options: PutOptions = {}): Promise<ObjectInfo> {
    return this.#write(key, body, options, undefined);
  }

  async putIfAbsent(key: string, body: Body, options: PutOptions = {}): Promise<ObjectInfo> {
    if ((await this.head(key, options)) !== undefined) throw raise['already-exists'](this.#subject(key));
    return this.#write(key, body, options, '*');
  }

  async head(key: string, options: StoreOptions = {}): Promise<ObjectInfo | undefined> {
    checkKey(key);
    const { sdk, client, customerKey } = this.#connection;
    try {
      const command = new sdk.HeadObjectCommand({ ...this.#target(key), ...customerKey });
      const answer = await this.#ask(key, options, signal => client.send(command, sending(signal)));
      if (answer.ETag === undefined) throw notS3(this.#subject(key));
      return { key, size: answer.ContentLength ?? 0, modified: answer.LastModified ?? new Date(0) };
    } catch (thrown) {
      if (!isHozonError(thrown, 'storage.not-found')) throw thrown;
      await this.#requireBucket(options);
      return undefined;
    }
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    checkPrefix(prefix);
    yield* listObjects(this.#listed(prefix, options), prefix, options);
  }

  async *listPrefixes(prefix: string, options: StoreOptions = {}): AsyncGenerator<string> {
    checkFolderPrefix(prefix);
    yield* listFolders(this.#listed(prefix, options), prefix, options);
  }

  async delete(key: string, options: StoreOptions = {}): Promise<void> {
    checkKey(key);
    const { sdk, client } = this.#connection;
    const command = new sdk.DeleteObjectCommand(this.#target(key));
    try {
      await this.#ask(key, options, signal => client.send(command, sending(signal)));
    } catch (thrown) {
      if (!isHozonError(thrown, 'storage.not-found')) throw thrown;
    }
  }

  async presign(
    key: string,
    { expiresIn }: StoreOptions & { readonly expiresIn: number },
  ): Promise<string | undefined> {
    checkKey(key);
    const { sdk, signer, customerKey } = this.#connection;
    if (customerKey.SSECustomerKey !== undefined) return undefined; // its reader would have to send the key
    const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
    const command = new sdk.GetObjectCommand(this.#target(key));
    return this.#ask(key, {}, () => getSignedUrl(signer, command, { expiresIn }));
  }

  async *unfinished(prefix: string, options: StoreOptions = {}): AsyncGenerator<UnfinishedWrite> {
    checkPrefix(prefix);
    yield* listUploads(this.#listed(prefix, options), prefix, options);
  }

  async abandon(write: UnfinishedWrite, options: StoreOptions = {}): Promise<void> {
    checkKey(write.key);
    await this.#ask(write.key, options, signal =>
      abortUpload(this.#connection, this.#base + write.key, write.id, signal),
    );
  }

  async extendRetention(key: string, retention: Retention, options: StoreOptions = {}): Promise<void> {
    checkKey(key);
    const lock = { target: this.#target(key), subject: this.#subject(key), retention };
    await this.#ask(key, options, signal => lockLonger(this.#connection, lock, signal));
  }

  async close(): Promise<void> {
    this.#connection.client.destroy();
    this.#connection.signer.destroy();
  }

  async #write(
    key: string,
    body: Body,
    options: PutOptions,
    ifNoneMatch: '*' | undefined,
  ): Promise<ObjectInfo> {
    checkKey(key);
    options.signal?.throwIfAborted();
    const subject = this.#subject(key);
    const { size, signal } = options;
    const watched = new WatchedBody(body);
    const upload: Upload = {
      connection: this.#connection,
      subject,
      objectKey: this.#base + key,
      ifNoneMatch,
      token: randomUUID(),
      size,
      signal,
      keeping: keepingOf(options),
    };
    try {
      const chunks = checkedChunks(watched, { url: this.url, key, size, signal });
      const beginning = await beginningOf(chunks, smallestPart);
      const stored =
        beginning.whole === undefined
          ? await uploadInParts(upload, beginning.stream)
          : await putWhole(upload, beginning.whole);
      return { key, size: stored, modified: new Date() };
    } catch (thrown) {
      signal?.throwIfAborted();
      throw watched.threw(thrown) ? thrown : bucketFailure(thrown, subject);
    }
  }

  async #getObject(key: string, range: ByteRange | undefined, options: ReadOptions) {
    const { sdk, client, customerKey } = this.#connection;
    const command = new sdk.GetObjectCommand({
      ...this.#target(key),
      ...customerKey,
      ...(range === undefined ? {} : { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` }),
      ...(options.ifVersion === undefined ? {} : { IfMatch: options.ifVersion }),
    });
    const answer = await this.#ask(key, options, signal =>
      client.send(command, sending(signal)).catch((thrown: unknown) => {
        throw this.#readFailure(thrown, key, range);
      }),
    );
    const { ContentLength } = answer;
    if (answer.ETag !== undefined && ContentLength !== undefined) return { ...answer, ContentLength };
    discard(answer);
    throw notS3(this.#subject(key));
  }

  #readFailure(thrown: unknown, key: string, range: ByteRange | undefined): unknown {
    const name = nameOfFailure(thrown);
    if (name === 'InvalidRange') {
      return raise.truncated({ ...this.#subject(key), expected: range?.length ?? 0, received: 0 });
    }
    return name === 'PreconditionFailed' || name === '412' ? raise.changed(this.#subject(key)) : thrown;
  }

  /** S3 has no empty ranges; whether this one lies within the object is asked otherwise. */
  async #emptyRange(key: string, { offset }: ByteRange, options: ReadOptions): Promise<StoredBody> {
    const info = await this.head(key, options);
    if (info === undefined) throw raise['not-found'](this.#subject(key));
    if (offset > info.size) throw raise.truncated({ ...this.#subject(key), expected: 0, received: 0 });
    return { size: 0, async *[Symbol.asyncIterator]() {} };
  }

  /** An absent object and an absent bucket answer alike to a HEAD; asks once which it is. */
  async #requireBucket(options: StoreOptions): Promise<void> {
    if (this.#bucketSeen) return;
    const { sdk, client, settings } = this.#connection;
    const command = new sdk.HeadBucketCommand({ Bucket: settings.bucket });
    try {
      await this.#ask('', options, signal => client.send(command, sending(signal)));
    } catch (thrown) {
      if (isHozonError(thrown, 'storage.not-found')) throw raise['bucket-not-found'](this.#subject(''));
      if (!isHozonError(thrown, 'storage.denied')) throw thrown;
    }
    this.#bucketSeen = true;
  }

  async #ask<T>(
    key: string,
    options: StoreOptions,
    request: (signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> {
    options.signal?.throwIfAborted();
    try {
      return await request(options.signal);
    } catch (thrown) {
      options.signal?.throwIfAborted();
      throw s3Failure(thrown, this.#subject(key));
    }
  }

  #listed(prefix: string, options: StoreOptions): Listed {
    return {
      connection: this.#connection,
      subject: this.#subject(prefix),
      base: this.#base,
      ask: request =>
        this.#ask(prefix, options, request).catch((thrown: unknown) => {
          throw bucketFailure(thrown, this.#subject(prefix));
        }),
    };
  }

  #target(key: string) {
    return { Bucket: this.#connection.settings.bucket, Key: this.#base + key };
  }

  #subject(key: string): Subject {
    return { url: this.url, bucket: this.#connection.settings.bucket, key };
  }
}
