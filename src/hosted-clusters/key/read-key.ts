import { parseDocument } from 'yaml';
import { say } from '#foundation/language.ts';
import { isFields, textAt } from '#kube/fields.ts';
import { raise } from './errors.ts';

/** AES-256: what a hosted cluster's Secret has to hold. Bytes. */
export const keySize = 32;

/** The data key of the Secret. */
export const keyField = 'key';

/** A base64 of 32 bytes has 44 characters; a Secret has labels around it. Bytes. */
const largest = 1024 * 1024;

/**
 * The key in a file: its 32 bytes, their base64 (what `oc get secret -o jsonpath={.data.key}` prints), or a Secret in YAML or
 * JSON with it in `data.key` or `stringData.key`.
 *
 * @param source for messages
 * @throws `hosted-key.unreadable`; its message has nothing of the content
 */
export function keyInFile(content: Uint8Array, source: string): Buffer {
  if (content.length > largest) throw raise.unreadable({ source, reason: reasons.notAKey });
  const bytes = Buffer.from(content);
  if (bytes.length === keySize && !isText(bytes)) return bytes;
  const text = bytes.toString('latin1').trim();
  const plain = ofBase64(text);
  if (plain !== undefined) return plain;
  if (bytes.length === keySize) return bytes;
  return keyInSecret(parsed(text, source), source);
}

/**
 * The key in a Secret.
 *
 * @throws `hosted-key.unreadable`
 */
export function keyInSecret(secret: unknown, source: string): Buffer {
  if (!isFields(secret) || secret['kind'] !== 'Secret')
    throw raise.unreadable({ source, reason: reasons.notAKey });
  const encoded = textAt(secret, 'data', keyField);
  const written = textAt(secret, 'stringData', keyField);
  if (encoded === undefined && written === undefined)
    throw raise.unreadable({ source, reason: reasons.noField });
  const key = written === undefined ? Buffer.from(encoded ?? '', 'base64') : Buffer.from(written);
  if (key.length !== keySize) throw raise.unreadable({ source, reason: reasons.size(key.length) });
  return key;
}

/** A key may be made of letters, too. */
function isText(bytes: Buffer): boolean {
  return bytes.every(byte => byte >= 0x20 && byte < 0x7f);
}

function ofBase64(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

function parsed(text: string, source: string): unknown {
  try {
    return parseDocument(text, { prettyErrors: false, logLevel: 'silent' }).toJS({ maxAliasCount: 0 });
  } catch {
    // The parser's own message may show what it failed on.
    throw raise.unreadable({ source, reason: reasons.notAKey });
  }
}

const reasons = {
  notAKey: say(
    'it is neither 32 bytes, nor their base64, nor a Secret',
    '32 バイトのキーでも、その base64 でも、Secret でもありません',
  ),
  noField: say('the Secret has no data.key', 'Secret に data.key がありません'),
  size: (bytes: number) =>
    say(`its key has ${bytes} bytes, not 32`, `キーの長さが 32 バイトではなく ${bytes} バイトです`),
};
