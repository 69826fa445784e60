import { type Message, message } from '#foundation/language.ts';

/** Why the bytes of a tar cannot be believed. */
export const tarFaults = {
  checksum: message({
    en: () => "a header's checksum is wrong",
    ja: () => 'ヘッダーのチェックサムが正しくありません',
  }),
  number: message({
    en: () => 'a header holds a number that cannot be',
    ja: () => 'ヘッダーの数値が正しくありません',
  }),
  name: message({
    en: () => 'the name of a member is not text',
    ja: () => 'メンバーの名前がテキストではありません',
  }),
  pax: message({
    en: () => 'an extended header cannot be read',
    ja: () => '拡張ヘッダーを読み取れません',
  }),
  'extended-size': message({
    en: () => 'an extended header is absurdly large',
    ja: () => '拡張ヘッダーが異常に大きくなっています',
  }),
  dangling: message({
    en: () => 'an extended header belongs to no member',
    ja: () => '拡張ヘッダーに対応するメンバーがありません',
  }),
  'directory-body': message({
    en: () => 'a directory has contents',
    ja: () => 'ディレクトリーに内容があります',
  }),
  gap: message({
    en: () => 'an empty block lies between members',
    ja: () => 'メンバーの間に空のブロックがあります',
  }),
};

const specialMembers: Readonly<Record<string, Message>> = {
  '1': message({ en: () => 'a hard link', ja: () => 'ハードリンク' }),
  '2': message({ en: () => 'a symbolic link', ja: () => 'シンボリックリンク' }),
  '3': message({ en: () => 'a character device', ja: () => 'キャラクターデバイス' }),
  '4': message({ en: () => 'a block device', ja: () => 'ブロックデバイス' }),
  '6': message({ en: () => 'a named pipe', ja: () => '名前付きパイプ' }),
  S: message({ en: () => 'a sparse file', ja: () => 'スパースファイル' }),
};

/** What a member of a type flag other than a file's or directory's is. */
export function specialMember(flag: string): Message {
  return specialMembers[flag] ?? unknownMember(flag);
}

function unknownMember(flag: string): Message {
  const shown = quoted(flag);
  return { en: () => `a member of the unknown type ${shown}`, ja: () => `不明な種類 ${shown} のメンバー` };
}

/** The part of a limit that an archive goes beyond. */
export const limitReached = {
  archiveBytes: (limit: number): Message => ({
    en: () => `more than ${limit} bytes uncompressed`,
    ja: () => `展開後のサイズが ${limit} バイトを超えています`,
  }),
  items: (limit: number): Message => ({
    en: () => `more than ${limit} items`,
    ja: () => `アイテム数が ${limit} を超えています`,
  }),
  itemBytes: (limit: number, member: string): Message => ({
    en: () => `${member} has more than ${limit} bytes`,
    ja: () => `${member} が ${limit} バイトを超えています`,
  }),
};

/** Why an object may not be an item where it is or would be. */
export const itemFaults = {
  name: (path: string, object: unknown) => differs('metadata.name', path, object),
  namespace: (path: string, object: unknown) => differs('metadata.namespace', path, object),
  kind: (path: string, object: unknown) => differs('kind', path, object),
  group: (path: string, object: unknown) =>
    differs(`apiVersion's group`, path, object, 'apiVersion のグループ'),
  path: message({
    en: () => 'its name or namespace cannot be a part of a path',
    ja: () => '名前または namespace をパスに使用できません',
  }),
  again: message({
    en: () => 'it is in the archive already',
    ja: () => 'すでにアーカイブに含まれています',
  }),
  large: (limit: number): Message => ({
    en: () => `it has more than ${limit} bytes`,
    ja: () => `${limit} バイトを超えています`,
  }),
};

function differs(field: string, path: string, object: unknown, japanese = field): Message {
  const expected = quoted(path);
  const found = typeof object === 'string' ? quoted(object) : '-';
  return {
    en: () => `its ${field} is ${found}, not ${expected}`,
    ja: () => `${japanese} が ${expected} ではなく ${found} です`,
  };
}

/** Text of unknown origin for a message: quoted, control characters escaped, at most 300 characters of it. */
export function quoted(text: string): string {
  const cut = text.length > 300 ? `${text.slice(0, 300)}…` : text;
  return JSON.stringify(cut);
}
