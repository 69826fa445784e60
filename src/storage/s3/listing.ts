import type { ListMultipartUploadsCommandOutput, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { isHozonError } from '#foundation/errors.ts';
import { raise } from '../errors.ts';
import { checkKey, compareKeys } from '../keys.ts';
import type { ListOptions, ObjectInfo, StoreOptions, UnfinishedWrite } from '../object-store.ts';
import { type Connection, sending } from './connection.ts';
import { nameOfFailure, type Subject } from './failures.ts';

/** What a listing needs of its location. */
export interface Listed {
  readonly connection: Connection;
  readonly subject: Subject;
  /** What the location's keys have before them in the bucket: empty, or ending in `/`. */
  readonly base: string;
  /** Runs a request, its failures translated. */
  readonly ask: <T>(request: (signal: AbortSignal | undefined) => Promise<T>) => Promise<T>;
}

/** The objects whose key begins with `prefix`, page by page. Names that are no keys (folder markers) are passed over. */
export async function* listObjects(
  listed: Listed,
  prefix: string,
  options: ListOptions,
): AsyncGenerator<ObjectInfo> {
  const { base, subject } = listed;
  let last = options.after ?? '';
  const startAfter = options.after === undefined ? undefined : base + options.after;
  for await (const page of pages(listed, { Prefix: base + prefix, StartAfter: startAfter })) {
    for (const info of objectsOf(page, base, prefix)) {
      if (last !== '' && compareKeys(info.key, last) <= 0) {
        throw raise.unsupported({ ...subject, reason: 'the server does not list keys in their order' });
      }
      last = info.key;
      options.signal?.throwIfAborted();
      yield info;
    }
  }
}

function* objectsOf(page: ListObjectsV2CommandOutput, base: string, prefix: string): Generator<ObjectInfo> {
  for (const { Key = '', Size = 0, LastModified = new Date(0) } of page.Contents ?? []) {
    const key = Key.slice(base.length);
    if (Key.startsWith(base + prefix) && isKey(key)) yield { key, size: Size, modified: LastModified };
  }
}

/** The distinct next segments below `prefix`. */
export async function* listFolders(
  listed: Listed,
  prefix: string,
  options: StoreOptions,
): AsyncGenerator<string> {
  const { base } = listed;
  let last = '';
  for await (const page of pages(listed, { Prefix: base + prefix, Delimiter: '/' })) {
    for (const { Prefix = '' } of page.CommonPrefixes ?? []) {
      const folder = Prefix.slice(base.length);
      options.signal?.throwIfAborted();
      if (folder !== last && isKey(folder.slice(0, -1))) yield folder;
      last = folder;
    }
  }
}

/** The multipart uploads, of keys that begin with `prefix`, that were neither completed nor aborted. */
export async function* listUploads(
  listed: Listed,
  prefix: string,
  options: StoreOptions,
): AsyncGenerator<UnfinishedWrite> {
  const { sdk, client, settings } = listed.connection;
  let markers: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (markers !== undefined) {
    const command = new sdk.ListMultipartUploadsCommand({
      Bucket: settings.bucket,
      Prefix: listed.base + prefix,
      ...markers,
    });
    const page: ListMultipartUploadsCommandOutput | undefined = await listed.ask(signal =>
      client.send(command, sending(signal)).catch(noneLeft),
    );
    if (page === undefined) return;
    for (const { Key = '', UploadId, Initiated = new Date(0) } of page.Uploads ?? []) {
      options.signal?.throwIfAborted();
      if (UploadId === undefined || !Key.startsWith(listed.base + prefix)) continue;
      yield { key: Key.slice(listed.base.length), begun: Initiated, id: UploadId };
    }
    markers = nextMarkers(page);
  }
}

/** Some servers say so of a listing, too: where there is no upload, or the one where a page began is gone. */
function noneLeft(thrown: unknown): undefined {
  if (nameOfFailure(thrown) !== 'NoSuchUpload') throw thrown;
}

async function* pages(
  listed: Listed,
  input: { Prefix: string; StartAfter?: string | undefined; Delimiter?: string },
): AsyncGenerator<ListObjectsV2CommandOutput> {
  const { sdk, client, settings } = listed.connection;
  let token: string | undefined;
  do {
    const command = new sdk.ListObjectsV2Command({
      Bucket: settings.bucket,
      ...input,
      ...(token === undefined ? {} : { ContinuationToken: token }),
    });
    const page: ListObjectsV2CommandOutput = await listed.ask(signal =>
      client.send(command, sending(signal)),
    );
    yield page;
    if (page.IsTruncated === true && page.NextContinuationToken === token) {
      throw raise.unsupported({
        ...listed.subject,
        reason: 'the server lists the same page again and again',
      });
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

function nextMarkers(page: ListMultipartUploadsCommandOutput) {
  if (page.IsTruncated !== true || page.NextKeyMarker === undefined) return undefined;
  const { NextKeyMarker, NextUploadIdMarker } = page;
  return {
    KeyMarker: NextKeyMarker,
    ...(NextUploadIdMarker === undefined ? {} : { UploadIdMarker: NextUploadIdMarker }),
  };
}

function isKey(key: string): boolean {
  try {
    checkKey(key);
    return true;
  } catch (thrown) {
    if (isHozonError(thrown, 'storage.invalid-key')) return false;
    throw thrown;
  }
}
