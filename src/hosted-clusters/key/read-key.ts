import { parseDocument } from 'yaml';
import { say } from '#foundation/language.ts';
import { isFields, listAt, textAt } from '#kube/fields.ts';
import { raise } from './errors.ts';
import type { EncryptionSecret } from './match.ts';

/** AES-256: what a hosted cluster's Secret has to hold. Bytes. */
export const keySize = 32;

/** The data key of the Secret. */
export const keyField = 'key';

/** A base64 of 32 bytes has 44 characters; a Secret has labels around it. Bytes. */
const largest = 1024 * 1024;

/**
 * The keys in a file: the 32 bytes of one, their base64 (what `oc get secret -o jsonpath={.data.key}` prints), or Secrets in YAML or
 * JSON with it in `data.key` or `stringData.key`, one or a List. Those of Secrets are named after them.
 *
 * @param source for messages
 * @throws `hosted-key.unreadable`; its message has nothing of the content
 */
export function keysInFile(content: Uint8Array, source: string): readonly EncryptionSecret[] {
  const bytes = Buffer.from(content);
  const plain = bytes.length > largest ? undefined : plainKey(bytes);
  if (plain !== undefined) return [{ name: source, bytes: plain }];
  if (bytes.length > largest) throw raise.unreadable({ source, reason: reasons.notAKey });
  const document = parsed(bytes.toString('utf8'), source);
  const items = listAt(document, 'items');
  const secrets = items.length > 0 ? items : [document];
  return secrets.map(secret => ({
    name: textAt(secret, 'metadata', 'name') ?? source,
    bytes: keyInSecret(secret, source),
  }));
}

/** A key may be made of letters, too; nothing else of 32 bytes is meant. */
function plainKey(bytes: Buffer): Buffer | undefined {
  return bytes.length === keySize ? bytes : ofBase64(bytes.toString('latin1').trim());
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
