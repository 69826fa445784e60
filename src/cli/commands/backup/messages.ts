import type { Message } from '#foundation/language.ts';
import { say } from '../../spec.ts';

interface Saved {
  readonly name: string;
  readonly path: string;
  readonly size: string;
}

interface ToDelete {
  readonly names: readonly string[];
  /** How many there are beyond those names. */
  readonly more: number;
  readonly location: string;
}

/** What the backup commands say. */
export const backupTexts = {
  seeIt: say('See what it holds', '内容の確認'),
  restoreIt: say('Bring it back', '復元'),
  nothingLeft: (p: { name: string }): Message =>
    say(
      `Nothing of backup "${p.name}" was left behind.`,
      `バックアップ "${p.name}" のデータは残っていません。`,
    ),
  left: (p: { name: string }): Message =>
    say(
      `Something of backup "${p.name}" may be left behind. It does not count as a backup; the next one into this location removes it.`,
      `バックアップ "${p.name}" の書きかけのデータが残っている可能性があります。バックアップとしては扱われず、次にこの場所へバックアップする際に削除されます。`,
    ),
  policy: say('Resource policy', 'リソースポリシー'),
  hookSpecs: say('Hooks asked for', '指定されたフック'),
  before: say('Before', 'バックアップ前'),
  after: say('After', 'バックアップ後'),
  volumes: (p: { captured: number; missing: number }): Message =>
    p.missing === 0
      ? say(`${p.captured} captured`, `${p.captured} 件取得`)
      : say(
          `${p.captured} captured, ${p.missing} not captured`,
          `${p.captured} 件取得、${p.missing} 件未取得`,
        ),
  none: (p: { location: string }): Message =>
    say(`There are no backups in ${p.location}.`, `${p.location} にバックアップはありません。`),
  noneExpired: say('No backup has expired.', '期限切れのバックアップはありません。'),
  noneSelected: say('No backup fits.', '条件に合うバックアップはありません。'),
  saved: (p: Saved): Message =>
    say(
      `The archive of backup "${p.name}" is in ${p.path} (${p.size}).`,
      `バックアップ "${p.name}" のアーカイブを ${p.path} に保存しました (${p.size})。`,
    ),
  secrets: say(
    'It holds Secrets as they are; only you can read the file.',
    'Secret が暗号化されずに含まれています。ファイルを読み取れるのは所有者だけです。',
  ),
  confirmDelete: ({ names, more, location }: ToDelete): Message =>
    say(
      `To be deleted from ${location}, with the records of their restores: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
      `${location} から、復元の記録とともに削除されます: ${names.join(', ')}${more > 0 ? ` 他 ${more} 件` : ''}`,
    ),
};
