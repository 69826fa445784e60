import type { Language, Message } from '#foundation/language.ts';
import { say } from '../spec.ts';

/** What the phases that engines report are called on a screen; an unknown one is shown by its own name. */
const names: Readonly<Record<string, Message>> = {
  discover: say('Discovering', '種類の確認'),
  collect: say('Collecting', '収集'),
  hooks: say('Running hooks', 'フックの実行'),
  upload: say('Uploading', 'アップロード'),
  download: say('Downloading', 'ダウンロード'),
  read: say('Reading', '読み取り'),
  store: say('Storing', '保存'),
  apply: say('Restoring', '復元'),
  restore: say('Restoring', '復元'),
  wait: say('Waiting', '待機'),
  export: say('Exporting', 'エクスポート'),
  import: say('Importing', 'インポート'),
  delete: say('Deleting', '削除'),
  copy: say('Copying', 'コピー'),
  rewrite: say('Rewriting', '書き換え'),
  check: say('Checking', '確認'),
};

export function phaseName(phase: string, language: Language): string {
  return names[phase]?.[language]() ?? phase;
}
