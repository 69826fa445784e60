import { type Message, say } from '#foundation/language.ts';
import type { EncryptedGroup, KeyMatch, KeyVerdict } from './match.ts';

/** Whether a cluster that is restored from the snapshot with these keys reads every Secret. */
export function opensEverything({ verdict }: KeyMatch): boolean {
  return verdict === 'matched' || verdict === 'not-encrypted';
}

/** What was found, and what it means: a sentence or two. */
export function explainMatch(match: KeyMatch): Message {
  return explanations[match.verdict](match);
}

/** What one group of values says: `42 values under key-7 (aescbc): 42 decrypted with NAME`. */
export function explainGroup({ provider, keyName, secret, values, decrypted }: EncryptedGroup): Message {
  const what = `${keyName} (${provider})`;
  if (secret === undefined) {
    return say(
      `${values} values under ${what}: no such key was given, none was tried`,
      `${what} で暗号化された値 ${values} 件: 該当するキーが指定されていないため、復号していません`,
    );
  }
  return say(
    `${values} values under ${what}: ${decrypted} of ${values} decrypted with ${secret}`,
    `${what} で暗号化された値 ${values} 件: ${secret} で ${decrypted} / ${values} 件を復号しました`,
  );
}

const explanations: Readonly<Record<KeyVerdict, (match: KeyMatch) => Message>> = {
  matched: ({ groups }) => {
    const values = groups.reduce((sum, group) => sum + group.values, 0);
    return say(
      `The key is the one of this snapshot: all ${values} encrypted values were decrypted.`,
      `このスナップショットのキーです。暗号化された値 ${values} 件をすべて復号できました。`,
    );
  },
  'wrong-key': () =>
    say(
      'The key has the name that the snapshot asks for and decrypts nothing: it is another key, or the values were changed. A cluster restored with it cannot read its Secrets.',
      'スナップショットが示す名前と一致しますが、復号できません。別のキーであるか、値が変更されています。このキーで復元したクラスターは Secret を読み取れません。',
    ),
  'other-key': ({ groups, keys }) => {
    const wanted = namesOf(groups);
    const given = keys.map(({ name, keyName }) => `${name} (${keyName})`).join(', ') || '-';
    return say(
      `The snapshot was encrypted with another key: its values name ${wanted}, given was ${given}. A cluster restored with this key cannot read its Secrets.`,
      `スナップショットは別のキーで暗号化されています (値が示すキー: ${wanted}、指定されたキー: ${given})。このキーで復元したクラスターは Secret を読み取れません。`,
    );
  },
  partly: ({ groups }) => {
    const missing = groups.filter(({ secret }) => secret === undefined);
    const values = missing.reduce((sum, group) => sum + group.values, 0);
    return say(
      `Some values are decrypted, but ${values} are under ${namesOf(missing)}, which was not given: the key was being rotated. Keep that key, too (spec.secretEncryption.aescbc.backupKey).`,
      `一部の値は復号できましたが、${values} 件は指定されていない ${namesOf(missing)} で暗号化されています。キーのローテーション中と考えられます。そのキー (spec.secretEncryption.aescbc.backupKey) も保存してください。`,
    );
  },
  'damaged-values': ({ groups }) => {
    const bad = groups.filter(({ secret, decrypted, values }) => secret !== undefined && decrypted < values);
    const count = bad.reduce((sum, { values, decrypted }) => sum + values - decrypted, 0);
    const example = bad.find(each => each.example !== undefined)?.example ?? '';
    return say(
      `The key decrypts other values, but not ${count} that name it (${example}): these were changed or damaged.`,
      `他の値は復号できますが、同じキーの値 ${count} 件 (${example} など) を復号できません。これらの値は変更または破損しています。`,
    );
  },
  'not-encrypted': ({ plainSecrets }) =>
    say(
      `Nothing in the snapshot is encrypted (${plainSecrets} Secrets in plain text): no key is needed, and none was tried.`,
      `スナップショットに暗号化された値はありません (平文の Secret ${plainSecrets} 件)。キーは不要で、照合は行っていません。`,
    ),
  kms: ({ groups }) =>
    say(
      `The snapshot is encrypted by a KMS (${namesOf(groups)}): only it can say whether its key is still there. Nothing was tried.`,
      `スナップショットは KMS (${namesOf(groups)}) で暗号化されています。キーの有効性は KMS でしか確認できません。照合は行っていません。`,
    ),
  'other-provider': ({ groups }) =>
    say(
      `The snapshot is encrypted otherwise than hosted clusters do with an AES key: ${namesOf(groups)}. Nothing was tried.`,
      `スナップショットはホステッドクラスターの AES キーとは異なる方式で暗号化されています: ${namesOf(groups)}。照合は行っていません。`,
    ),
};

function namesOf(groups: readonly EncryptedGroup[]): string {
  return groups.map(({ provider, keyName }) => `${keyName} (${provider})`).join(', ');
}
