import { say } from '#foundation/language.ts';

/** What can be wrong with bytes of a kopia repository, in both languages. */
export const reasons = {
  notAuthentic: say(
    'it was changed, or sealed with another key',
    '内容が変更されたか、別のキーで暗号化されています',
  ),
  notJson: say('it is not JSON', 'JSON ではありません'),
  tooLarge: say('it is absurdly large', '異常に大きなサイズです'),
  formatBlob: say('it does not describe a repository', 'リポジトリーの設定として正しくありません'),
  keyAlgorithm: say(
    'its way to derive a key from the password is not known',
    'パスワードからの鍵導出方式が不明です',
  ),
  formatEncryption: say('its encryption is not known', '暗号化方式が不明です'),
  formatVersion: say('it is of a version that is not known', '未対応のバージョンです'),
  blobConfig: say('it is no configuration of retention', '保持設定として正しくありません'),
  blobName: say('its name is not one that kopia gives', 'kopia の名前として正しくありません'),
  index: say('it is not a valid index', 'インデックスとして正しくありません'),
  indexLog: say(
    'it is no record of indexes that were merged or are to be removed',
    'インデックスの統合または削除の記録として正しくありません',
  ),
  otherCompression: say(
    'it is compressed otherwise than its index says',
    'インデックスの記載と異なる方式で圧縮されています',
  ),
  unknownCompression: say('it is compressed in a way that is not known', '圧縮方式が不明です'),
  encoding: say('it cannot be decompressed', '展開できません'),
  postamble: say('its end does not say where its index is', '末尾にインデックスの位置がありません'),
  indirect: say('it is not a list of the parts of an object', 'オブジェクトの部分一覧として正しくありません'),
  directory: say('it is not a directory', 'ディレクトリーとして正しくありません'),
  directoryEntry: say('it has an entry that is not valid', '正しくないエントリーがあります'),
  entryName: say(
    'it has an entry whose name is not valid or would lead out of its directory',
    '名前が正しくないか、ディレクトリーの外を指すエントリーがあります',
  ),
  manifests: say('it holds no manifests', 'マニフェストとして正しくありません'),
  snapshot: say('it is not a valid snapshot', 'スナップショットとして正しくありません'),
  policy: say('it is not a valid policy', 'ポリシーとして正しくありません'),
  maintenance: say(
    'it is no schedule or description of maintenance',
    'メンテナンスの設定または予定として正しくありません',
  ),
  session: say('it does not describe a session', 'セッションの記録として正しくありません'),
  errorCorrection: say(
    'more of it is damaged than its error correction can repair',
    '誤り訂正で修復できる範囲を超えて破損しています',
  ),
} as const;
