import { error } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';

/** What can be wrong with what is to be stored. */
export const sourcing = {
  'no-sources': error<{ readonly targets: readonly string[] }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `nothing to store exists: ${p.targets.map(quoted).join(', ')}`,
      ja: p => `保存対象が存在しません: ${p.targets.map(quoted).join('、')}`,
    },
    hint: {
      en: () => 'Name files and directories of this machine; relative paths begin at the current directory.',
      ja: () =>
        'このマシン上のファイルまたはディレクトリーを指定してください。相対パスは現在のディレクトリーを起点とします。',
    },
  }),
  'bad-pattern': error<{ readonly patterns: readonly string[] }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `not a pattern of paths: ${p.patterns.map(quoted).join(', ')}`,
      ja: p => `パスのパターンとして正しくありません: ${p.patterns.map(quoted).join('、')}`,
    },
    hint: {
      en: () => 'Close every bracket, and write `\\\\` for a backslash, `\\[` for a bracket as such.',
      ja: () => '角括弧を閉じてください。バックスラッシュは `\\\\`、角括弧そのものは `\\[` と記述します。',
    },
  }),
  'bad-mark': error<{ readonly mark: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${quoted(p.mark)} names no file whose presence excludes a directory`,
      ja: p => `${quoted(p.mark)} には、ディレクトリーを除外する目印となるファイルの名前がありません`,
    },
    hint: {
      en: () => 'Give the name of a file, or NAME:HEADER with what the file must begin with.',
      ja: () => 'ファイル名、または NAME:HEADER (HEADER はファイルの先頭の内容) を指定してください。',
    },
  }),
  'list-file': error<{ readonly file: string; readonly reason: Message }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `the list ${quoted(p.file)} cannot be used: ${p.reason.en()}`,
      ja: p => `リスト ${quoted(p.file)} を使用できません: ${p.reason.ja()}`,
    },
    hint: {
      en: () =>
        'Name a file that can be read and is such a list; `--help` says what each kind of list holds.',
      ja: () =>
        '読み取り可能で、その形式に合ったファイルを指定してください。各リストの内容は `--help` で確認できます。',
    },
  }),
  'tar-refused': error<{ readonly reason: Message; readonly member: string | undefined }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the tar stream cannot be stored: ${p.reason.en()}${at(p.member)}`,
      ja: p => `tar ストリームを保存できません: ${p.reason.ja()}${at(p.member)}`,
    },
    hint: {
      en: () =>
        'Check that the program that writes it ended well, and that it names what it stores relative to a directory (`tar -C DIRECTORY -c .`).',
      ja: () =>
        '書き込み側のプログラムが正常に終了したこと、および対象をディレクトリーからの相対パスで指定していること (`tar -C DIRECTORY -c .`) を確認してください。',
    },
  }),
};

function at(member: string | undefined): string {
  return member === undefined ? '' : `: ${quoted(member)}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
