import { type Message, say } from '#foundation/language.ts';

/** Why a snapshot is not kept. */
export const refusals = {
  empty: say('nothing came', 'データを受信しませんでした'),
  foreign: say(
    'what came does not begin with two sound meta pages, as a database of etcd does',
    '先頭に etcd のデータベースの正しいメタページが 2 つありません',
  ),
  short: (received: number, wanted: number): Message =>
    say(
      `it ended after ${received} of ${wanted} bytes`,
      `全 ${wanted} バイトのうち ${received} バイトで終了しました`,
    ),
  noChecksum: say(
    'it does not end in a checksum, so its end is missing',
    '末尾にチェックサムがなく、途中で切れています',
  ),
  checksum: say(
    'its checksum is not that of its content: it was changed on the way',
    'チェックサムが内容と一致しません。転送中に内容が変わっています',
  ),
} as const;
