import { type JsonObject, jsonNumber, writeJson } from '../../format/go-json.ts';
import {
  documentOf,
  listField,
  objectIn,
  textField,
  textsField,
  timeField,
  timeText,
  wholeField,
} from './document-fields.ts';
import { reasons } from './reasons.ts';

/** A blob as a log of indexes has it. */
export interface LoggedBlob {
  readonly id: string;
  /** Bytes. */
  readonly size: number;
  /** Nanoseconds since 1970, by the clock of the storage; `undefined` where nothing is said. */
  readonly written: bigint | undefined;
}

/** What a blob `m…` says: as soon as all outputs are there, nobody reads the inputs any more. */
export interface CompactionLog {
  readonly inputs: readonly LoggedBlob[];
  readonly outputs: readonly LoggedBlob[];
}

/** What a blob `l…` says: these logs are of no more use, and may be deleted some time after that. */
export interface CleanupLog {
  readonly blobs: readonly string[];
  /** Nanoseconds since 1970, by the clock of the storage. */
  readonly scheduled: bigint;
}

const reason = reasons.indexLog;

/** Sources: kopia's `repo/content/indexblob/index_blob_manager_v0.go`. @throws Fault */
export function readCompactionLog(plain: Uint8Array): CompactionLog {
  const document = documentOf(plain, reason);
  const blobsOf = (key: string): LoggedBlob[] =>
    listField(document, key, reason).map(each => readLogged(objectIn(each, reason)));
  return { inputs: blobsOf('inputMetadata'), outputs: blobsOf('outputMetadata') };
}

function readLogged(document: JsonObject): LoggedBlob {
  const id = textField(document, 'id', reason);
  const size = Number(wholeField(document, 'length', reason));
  return { id, size, written: timeField(document, 'timestamp', reason) };
}

/** The plain bytes of a blob `m…`. */
export function writeCompactionLog({ inputs, outputs }: CompactionLog): Buffer {
  const list = (blobs: readonly LoggedBlob[]): JsonObject[] | null =>
    blobs.length === 0 ? null : blobs.map(writeLogged);
  return Buffer.from(writeJson({ inputMetadata: list(inputs), outputMetadata: list(outputs) }));
}

function writeLogged({ id, size, written }: LoggedBlob): JsonObject {
  return { id, length: jsonNumber(BigInt(size)), timestamp: timeText(written) };
}

/** @throws Fault */
export function readCleanupLog(plain: Uint8Array): CleanupLog {
  const document = documentOf(plain, reason);
  return {
    blobs: textsField(document, 'blobIDs', reason),
    scheduled: timeField(document, 'cleanupScheduleTime', reason) ?? 0n,
  };
}

/** The plain bytes of a blob `l…`. */
export function writeCleanupLog({ blobs, scheduled }: CleanupLog): Buffer {
  return Buffer.from(writeJson({ blobIDs: [...blobs], cleanupScheduleTime: timeText(scheduled) }));
}
