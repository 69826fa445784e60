import { type Flags, type FlagValues, say } from './spec.ts';

/** The flags that every command understands, before or after its name. */
export const globalFlags = {
  output: {
    kind: 'choice',
    value: 'FORMAT',
    short: 'o',
    choices: ['table', 'wide', 'json', 'yaml', 'name'],
    summary: say(
      'How to show the result: table, wide, json, yaml or name',
      '結果の表示形式: table、wide、json、yaml、name',
    ),
  },
  location: {
    kind: 'text',
    value: 'URL|NAME',
    alias: 'storage-location',
    complete: 'locations',
    summary: say(
      'Where the backups are: a URL, or the name of a configured location or BackupStorageLocation',
      'バックアップストレージの場所: URL、または設定済みの場所か BackupStorageLocation の名前',
    ),
  },
  namespace: {
    kind: 'text',
    value: 'NAMESPACE',
    short: 'n',
    alias: 'velero-namespace',
    complete: 'namespaces',
    summary: say(
      'The namespace of the Velero objects (default velero)',
      'Velero オブジェクトの namespace (既定値 velero)',
    ),
  },
  kubeconfig: {
    kind: 'text',
    value: 'FILE',
    complete: 'files',
    summary: say(
      'The kubeconfig file to use (default: KUBECONFIG, then ~/.kube/config)',
      '使用する kubeconfig ファイル (既定値: KUBECONFIG、次に ~/.kube/config)',
    ),
  },
  context: {
    kind: 'text',
    value: 'NAME',
    alias: 'kubecontext',
    complete: 'contexts',
    summary: say('The context in the kubeconfig', '使用する kubeconfig のコンテキスト'),
  },
  progress: {
    kind: 'choice',
    value: 'MODE',
    choices: ['auto', 'bar', 'json', 'none'],
    summary: say(
      'How to show progress: auto, bar, json (lines on stderr) or none',
      '進捗の表示方法: auto、bar、json (標準エラーに 1 行ずつ)、none',
    ),
  },
  lang: {
    kind: 'choice',
    value: 'LANGUAGE',
    choices: ['en', 'ja'],
    summary: say('The language of messages: en or ja', 'メッセージの言語: en または ja'),
  },
  color: {
    kind: 'switch',
    shownNegated: true,
    summary: say('Show no colours', '色を付けずに表示します'),
  },
  quiet: {
    kind: 'switch',
    short: 'q',
    summary: say('Show no progress and no remarks', '進捗と補足メッセージを表示しません'),
  },
  verbose: {
    kind: 'switch',
    short: 'v',
    summary: say('Say more, and where errors come from', '詳細とエラーの発生箇所を表示します'),
  },
} as const satisfies Flags;

export type GlobalValues = FlagValues<typeof globalFlags>;
