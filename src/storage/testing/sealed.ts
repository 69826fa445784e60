import { createHash } from 'node:crypto';
import { bytesOf } from './contents.ts';

/** A body that tells whether it is whole, of which key and which version. */
export function sealed(key: string, version: number, length: number): Buffer {
  const body = Buffer.concat([Buffer.from(`${key} ${version}\n`), bytesOf(`${key} ${version}`, length)]);
  return Buffer.concat([createHash('sha256').update(body).digest(), body]);
}

/** The version of a body made by {@link sealed} for that key, or `undefined` if it is not one, whole. */
export function versionOf(key: string, bytes: Buffer): number | undefined {
  const body = bytes.subarray(32);
  if (!createHash('sha256').update(body).digest().equals(bytes.subarray(0, 32))) return undefined;
  const [name, version] = body.subarray(0, body.indexOf('\n')).toString().split(' ');
  return name === key ? Number(version) : undefined;
}
