import type { Message } from '#foundation/language.ts';

/** What makes a tar stream one that is not stored. */
export const reasons = {
  truncated: {
    en: () => 'it ends too early',
    ja: () => '途中で終わっています',
  },
  checksum: {
    en: () => 'a header has a wrong checksum',
    ja: () => 'ヘッダーのチェックサムが一致しません',
  },
  number: {
    en: () => 'a number in a header is none, or out of range',
    ja: () => 'ヘッダーの数値が不正であるか、範囲外です',
  },
  extended: {
    en: () => 'an extended header is malformed, out of place, or larger than 1 MiB',
    ja: () => '拡張ヘッダーの形式または位置が不正であるか、1 MiB を超えています',
  },
  sparse: {
    en: () => 'the map of a sparse file is malformed',
    ja: () => 'スパースファイルのマップの形式が正しくありません',
  },
  gap: {
    en: () => 'something follows an empty block',
    ja: () => '空のブロックの後にデータがあります',
  },
  name: {
    en: () => 'a name is empty, holds a zero byte, or is longer than 4096 bytes',
    ja: () => '名前が空であるか、NUL バイトを含むか、4096 バイトを超えています',
  },
  absolute: {
    en: () => 'a name is absolute; only relative ones are stored',
    ja: () => '絶対パスの名前があります。相対パスのみ保存できます',
  },
  outside: {
    en: () => 'a name leads outside by ".."',
    ja: () => '名前が ".." によって外側を指しています',
  },
  belowFile: {
    en: () => 'a name leads through a file or a link',
    ja: () => '名前がファイルまたはリンクを経由しています',
  },
} satisfies Readonly<Record<string, Message>>;

/** Why a tar stream cannot be stored. */
export class TarFault extends Error {
  readonly reason: Message;
  /** The member that it is about, as far as it is known. */
  readonly member: Buffer | undefined;

  constructor(reason: Message, member?: Buffer) {
    super(reason.en());
    this.reason = reason;
    this.member = member;
  }
}
