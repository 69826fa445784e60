import { because } from '../../format/fault.ts';

/** What can be wrong with bytes of a restic repository, in both languages. */
export const reasons = {
  otherBytes: because(
    'its content does not have the checksum that is its name',
    '内容のチェックサムがファイル名と一致しません',
  ),
  notAuthentic: because(
    'it was changed, or sealed with another key',
    '内容が変更されたか、別のキーで暗号化されています',
  ),
  encoding: because('it cannot be decompressed', '展開できません'),
  notJson: because('it is not JSON', 'JSON ではありません'),
  tooLarge: because('it is absurdly large', '異常に大きなサイズです'),
  config: because('it does not describe a repository', 'リポジトリーの設定として正しくありません'),
  index: because('it is not a valid index', 'インデックスとして正しくありません'),
  lock: because('it is not a valid lock', 'ロックとして正しくありません'),
  snapshot: because('it is not a valid snapshot', 'スナップショットとして正しくありません'),
  keyObject: because('it is not a key file', 'キーファイルではありません'),
  keyDerivation: because('its key derivation is not scrypt', '鍵導出関数が scrypt ではありません'),
  salt: because('its salt does not have 64 bytes', 'ソルトが 64 バイトではありません'),
  scrypt: because('its parameters of scrypt are not valid', 'scrypt のパラメーターが正しくありません'),
  scryptAbsurd: because(
    'its parameters of scrypt ask for an absurd amount of work',
    'scrypt のパラメーターが過大な計算量を要求しています',
  ),
  masterKey: because('the master key in it is not valid', 'マスターキーが正しくありません'),
  headerLength: because('the length of its header is not possible', 'ヘッダーの長さが正しくありません'),
  header: because('its header is damaged', 'ヘッダーが破損しています'),
  headerEntry: because(
    'its header holds an entry that is not valid',
    'ヘッダーに正しくないエントリーがあります',
  ),
  packSize: because('its size is not that of its blobs', 'サイズがブロブの合計と一致しません'),
  indexDiffers: because(
    'an index describes it otherwise than its header',
    'インデックスの内容がヘッダーと異なります',
  ),
  treeList: because('it has no list of entries', 'エントリーの一覧がありません'),
  treeOrder: because(
    'its entries are not in order, or two have the same name',
    'エントリーの順序が正しくないか、同じ名前のエントリーがあります',
  ),
  treeEntry: because('it has an entry that is not valid', '正しくないエントリーがあります'),
  treeName: because(
    'it has an entry whose name is not valid or would lead out of its directory',
    '名前が正しくないか、ディレクトリーの外を指すエントリーがあります',
  ),
  treeDepth: because(
    'its directories are nested absurdly deep',
    'ディレクトリーの階層が異常に深くなっています',
  ),
} as const;
