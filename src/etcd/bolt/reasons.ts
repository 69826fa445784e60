import { type Message, say } from '#foundation/language.ts';

/** What can be wrong with a bbolt file, in both languages. */
export const reasons = {
  empty: say('it is empty', 'ファイルが空です'),
  noMeta: say('neither of its two meta pages is sound', '2 つのメタページがどちらも正しくありません'),
  truncated: say('it ends too early', 'ファイルが途中で終わっています'),
  pageNumber: say(
    'something refers to a page that the file does not have',
    '存在しないページが参照されています',
  ),
  pageId: say('the page says that it is another', 'ページの番号が一致しません'),
  overflow: say(
    'it says that it has more pages than there can be',
    'オーバーフローページの数が正しくありません',
  ),
  elements: say('an element lies outside of it', 'ページの外を指す要素があります'),
  type: say('it is not of the type that it must be', 'ページの種類が正しくありません'),
  order: say('its keys are not in order', 'キーの順序が正しくありません'),
  depth: say('its pages are nested absurdly deep', 'ページの階層が異常に深くなっています'),
  twice: say('two places refer to it', '複数の場所から参照されています'),
  bucket: say('a bucket in it is not valid', 'バケットが正しくありません'),
  range: say('its keys are not in the range that its parent says', 'キーが親ページの範囲に収まっていません'),
  revision: say('a key in it is no revision', 'リビジョンではないキーがあります'),
  record: say('a record in it cannot be read', '読み取れないレコードがあります'),
} as const satisfies Readonly<Record<string, Message>>;
