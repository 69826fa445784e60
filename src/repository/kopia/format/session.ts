import { writeJson } from '../../format/go-json.ts';
import { documentOf, textField, timeField, timeText } from './document-fields.ts';
import { reasons } from './reasons.ts';

/** A run of writing, as its marker tells it: the marker keeps its packs from being collected. Times in nanoseconds since 1970. */
export interface Session {
  readonly id: string;
  readonly startTime: bigint;
  readonly checkpointTime: bigint;
  readonly username: string;
  readonly hostname: string;
}

const firstMonth = Date.UTC(2000, 0, 1);
/** Thirty days, in milliseconds. */
const month = 30 * 24 * 60 * 60 * 1000;

/** A name for a new session. @param now - milliseconds since 1970. */
export function newSessionId(now: number, random: (size: number) => Buffer): string {
  return `s${random(8).toString('hex')}${Math.floor((now - firstMonth) / month).toString(16)}`;
}

/** The plain bytes of a marker. */
export function writeSession({ id, startTime, checkpointTime, username, hostname }: Session): Buffer {
  const times = { startTime: timeText(startTime), checkpointTime: timeText(checkpointTime) };
  return Buffer.from(writeJson({ id, ...times, username, hostname }));
}

/** @throws Fault */
export function readSession(plain: Uint8Array): Session {
  const reason = reasons.session;
  const document = documentOf(plain, reason);
  return {
    id: textField(document, 'id', reason),
    startTime: timeField(document, 'startTime', reason) ?? 0n,
    checkpointTime: timeField(document, 'checkpointTime', reason) ?? 0n,
    username: textField(document, 'username', reason),
    hostname: textField(document, 'hostname', reason),
  };
}

/** The name of the blob that holds a marker sealed, by the hash of its plain bytes. */
export function sessionBlobId(hash: Uint8Array, session: string): string {
  return `s${Buffer.from(hash).toString('hex')}-${session}`;
}

/** The session that a blob's name tells; `undefined` where it tells none. */
export function sessionOf(blobId: string): string | undefined {
  return blobId
    .split('-')
    .slice(1)
    .find(part => part.startsWith('s'));
}
