import { say } from '#foundation/language.ts';

/** What can be wrong with bytes of a restic repository, in both languages. */
export const reasons = {
  otherBytes: say(
    'its content does not have the checksum that is its name',
    '内容のチェックサムがファイル名と一致しません',
  ),
  notAuthentic: say(
    'it was changed, or sealed with another key',
    '内容が変更されたか、別のキーで暗号化されています',
  ),
  encoding: say('it cannot be decompressed', '展開できません'),
  notJson: say('it is not JSON', 'JSON ではありません'),
  tooLarge: say('it is absurdly large', '異常に大きなサイズです'),
  config: say('it does not describe a repository', 'リポジトリーの設定として正しくありません'),
  index: say('it is not a valid index', 'インデックスとして正しくありません'),
  lock: say('it is not a valid lock', 'ロックとして正しくありません'),
  snapshot: say('it is not a valid snapshot', 'スナップショットとして正しくありません'),
  keyObject: say('it is not a key file', 'キーファイルではありません'),
  keyDerivation: say('its key derivation is not scrypt', '鍵導出関数が scrypt ではありません'),
  salt: say('its salt does not have 64 bytes', 'ソルトが 64 バイトではありません'),
  scrypt: say('its parameters of scrypt are not valid', 'scrypt のパラメーターが正しくありません'),
  scryptAbsurd: say(
    'its parameters of scrypt ask for an absurd amount of work',
    'scrypt のパラメーターが過大な計算量を要求しています',
  ),
  masterKey: say('the master key in it is not valid', 'マスターキーが正しくありません'),
  headerLength: say('the length of its header is not possible', 'ヘッダーの長さが正しくありません'),
  header: say('its header is damaged', 'ヘッダーが破損しています'),
  headerEntry: say('its header holds an entry that is not valid', 'ヘッダーに正しくないエントリーがあります'),
  packSize: say('its size is not that of its blobs', 'サイズがブロブの合計と一致しません'),
  indexDiffers: say(
    'an index describes it otherwise than its header',
    'インデックスの内容がヘッダーと異なります',
  ),
  treeList: say('it has no list of entries', 'エントリーの一覧がありません'),
  treeOrder: say(
    'its entries are not in order, or two have the same name',
    'エントリーの順序が正しくないか、同じ名前のエントリーがあります',
  ),
  treeEntry: say('it has an entry that is not valid', '正しくないエントリーがあります'),
  treeName: say(
    'it has an entry whose name is not valid or would lead out of its directory',
    '名前が正しくないか、ディレクトリーの外を指すエントリーがあります',
  ),
  treeDepth: say('its directories are nested absurdly deep', 'ディレクトリーの階層が異常に深くなっています'),
} as const;
