import { say } from '#foundation/language.ts';
import type { HostedCluster } from '../hosted-cluster.ts';
import { explainMatch, opensEverything } from '../key/explain-match.ts';
import type { KeyMatch } from '../key/match.ts';
import { blocking, type RestoreFinding, remark, warning } from './finding.ts';

/** Whether a cluster of this manifest, with the keys that were matched, reads what the snapshot holds. */
export function judgeKey(
  { secretEncryption }: Pick<HostedCluster, 'secretEncryption'>,
  match: KeyMatch,
): RestoreFinding[] {
  const { verdict } = match;
  if (verdict === 'not-encrypted') return [remark('key-not-needed', explainMatch(match))];
  if (verdict === 'kms') {
    const isKms = secretEncryption?.type === 'kms';
    return isKms ? [warning('key-kms', explainMatch(match))] : [blocking('key-kms-missing', texts.kms)];
  }
  if (secretEncryption?.activeKey === undefined) return [blocking('key-not-named', texts.notNamed)];
  return [(opensEverything(match) ? remark : blocking)(`key-${verdict}`, explainMatch(match))];
}

/** Nobody gave a key, and the manifest has none. */
export function unmatched(name: string): RestoreFinding {
  return warning('key-unmatched', texts.unmatched(name));
}

const texts = {
  kms: say(
    'the snapshot is encrypted by a KMS, and the HostedCluster of the manifest names none (spec.secretEncryption.kms)',
    'スナップショットは KMS で暗号化されていますが、マニフェストの HostedCluster に KMS の指定 (spec.secretEncryption.kms) がありません',
  ),
  notNamed: say(
    'the snapshot is encrypted with an AES key, and the HostedCluster of the manifest names none: add spec.secretEncryption {type: aescbc, aescbc: {activeKey: {name: NAME-etcd-encryption-key}}}',
    'スナップショットは AES キーで暗号化されていますが、マニフェストの HostedCluster にキーの指定がありません。spec.secretEncryption {type: aescbc, aescbc: {activeKey: {name: NAME-etcd-encryption-key}}} を追加してください',
  ),
  unmatched: (name: string) =>
    say(
      `Secret ${name} is not in the manifest and no key was given, so nothing shows that it holds the key of this snapshot: give it with --key-file or --secret, and --with-key to have it in the manifest`,
      `Secret ${name} がマニフェストになく、キーも指定されていないため、このスナップショットのキーであることを確認できません。--key-file または --secret で指定してください (--with-key を付けるとマニフェストに含めます)`,
    ),
};
