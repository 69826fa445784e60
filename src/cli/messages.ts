import { message } from '#foundation/language.ts';
import { say } from './spec.ts';

/** What the frame of every help text says. */
export const helpTexts = {
  product: say(
    'Hozon backs up a Kubernetes or OpenShift environment and brings it back.',
    'Hozon は、Kubernetes や OpenShift の環境をバックアップし、復元します。',
  ),
  usage: say('Usage', '使い方'),
  nouns: say('What to work on', '対象'),
  commands: say('Commands', 'コマンド'),
  arguments: say('Arguments', '引数'),
  flags: say('Flags', 'フラグ'),
  globalFlags: say('Flags of every command', '共通のフラグ'),
  examples: say('Examples', '例'),
  flagsWord: say('[flags]', '[フラグ]'),
  help: say('Show help', 'ヘルプを表示します'),
  more: say(
    'Run "hozon COMMAND --help" for more about a command, "hozon explain CODE" for more about an error.',
    'コマンドの詳細は "hozon COMMAND --help"、エラーの詳細は "hozon explain CODE" で確認できます。',
  ),
  moreOf: message<{ noun: string }>({
    en: p => `Run "hozon ${p.noun} COMMAND --help" for more about a command.`,
    ja: p => `コマンドの詳細は "hozon ${p.noun} COMMAND --help" で確認できます。`,
  }),
};

/** What stands around an error. */
export const errorTexts = {
  error: say('Error', 'エラー'),
  because: say('Because', '原因'),
  hint: say('What to do', '対処方法'),
};

/** What the frame says while a command runs. */
export const runTexts = {
  stopping: message<{ signal: string }>({
    en: p => `${p.signal}: stopping cleanly. Once more stops at once and may leave unfinished writes behind.`,
    ja: p =>
      `${p.signal}: 安全に停止しています。もう一度押すとただちに終了し、書きかけのデータが残ることがあります。`,
  }),
  forced: say('Stopped at once.', 'ただちに終了しました。'),
  confirm: say('Type "yes" to go on: ', '続行する場合は "yes" と入力してください: '),
  nothingFound: say('Nothing found.', '見つかりませんでした。'),
};

/** Column heads and labels that several commands share. */
export const heads = {
  name: say('NAME', '名前'),
  status: say('STATUS', '状態'),
  errors: say('ERRORS', 'エラー'),
  warnings: say('WARNINGS', '警告'),
  created: say('CREATED', '作成日時'),
  expires: say('EXPIRES', '有効期限'),
  storageLocation: say('STORAGE LOCATION', 'ストレージの場所'),
  queuePosition: say('QUEUE POSITION', '待ち順'),
  selector: say('SELECTOR', 'セレクター'),
  backup: say('BACKUP', 'バックアップ'),
  started: say('STARTED', '開始日時'),
  completed: say('COMPLETED', '完了日時'),
  url: say('URL', 'URL'),
  origin: say('FROM', '登録元'),
  access: say('ACCESS', 'アクセス'),
  default: say('DEFAULT', '既定'),
  check: say('CHECK', '項目'),
  result: say('RESULT', '結果'),
  detail: say('DETAIL', '詳細'),
  code: say('CODE', 'コード'),
  exit: say('EXIT', '終了コード'),
  meaning: say('MEANING', '意味'),
};
