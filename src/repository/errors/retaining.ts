import { error } from '#foundation/errors.ts';
import type { At, FileFault, OfFile } from './subjects.ts';

/** What can go wrong when snapshots are forgotten or tagged, and when keys are changed. */
export const retaining = {
  'no-policy': error({
    exit: 'usage',
    retry: 'never',
    message: {
      en: () => 'nothing says which snapshots to keep or to remove, so none is removed',
      ja: () => '保持または削除するスナップショットが指定されていないため、何も削除しません',
    },
    hint: {
      en: () => 'Give a policy, such as `--keep-daily 7 --keep-weekly 5`, or the ids of snapshots to remove.',
      ja: () =>
        '`--keep-daily 7 --keep-weekly 5` のような保持ポリシーか、削除するスナップショットの ID を指定してください。',
    },
  }),
  'remove-all-unfiltered': error({
    exit: 'usage',
    retry: 'never',
    message: {
      en: () => 'without a filter, --unsafe-allow-remove-all would remove every snapshot of the repository',
      ja: () =>
        'フィルターなしで --unsafe-allow-remove-all を指定すると、リポジトリーのすべてのスナップショットが削除されます',
    },
    hint: {
      en: () => 'Say which snapshots are meant with --host, --tag or --path.',
      ja: () => '--host、--tag、--path のいずれかで対象のスナップショットを指定してください。',
    },
  }),
  'would-keep-nothing': error<{ readonly group: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the policy keeps no snapshot of ${p.group}, so nothing is removed anywhere`,
      ja: p => `保持ポリシーでは ${p.group} のスナップショットが 1 つも残らないため、何も削除しません`,
    },
    hint: {
      en: () =>
        'Add a rule that keeps one, such as `--keep-last 1`, or leave these snapshots out with --host, --tag or --path.',
      ja: () =>
        '`--keep-last 1` のように 1 つは残すルールを追加するか、--host、--tag、--path で対象から外してください。',
    },
  }),
  'key-not-found': error<At & { readonly id: string; readonly count: number }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p =>
        p.count === 0
          ? `${p.url} has no key "${p.id}"`
          : `the ids of ${p.count} keys of ${p.url} begin with "${p.id}"`,
      ja: p =>
        p.count === 0
          ? `${p.url} にキー "${p.id}" がありません`
          : `${p.url} には ID が "${p.id}" で始まるキーが ${p.count} 個あります`,
    },
    hint: {
      en: () => 'List them with `hozon repo key list`; `-o wide` shows whole ids.',
      ja: () => '`hozon repo key list` で一覧を表示してください。`-o wide` で ID 全体を表示できます。',
    },
  }),
  'key-in-use': error<OfFile>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p =>
        `"${p.file}" of ${p.url} is the key that this command opened the repository with; it is not removed`,
      ja: p =>
        `${p.url} の "${p.file}" は、このコマンドがリポジトリーを開くのに使用したキーのため削除しません`,
    },
    hint: {
      en: () =>
        'Open the repository with the password of another key, or change the password: `hozon repo key passwd`.',
      ja: () =>
        '別のキーのパスワードでリポジトリーを開くか、`hozon repo key passwd` でパスワードを変更してください。',
    },
  }),
  'last-key': error<OfFile>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `"${p.file}" is the last key of ${p.url}; without it nobody can read the repository any more`,
      ja: p => `"${p.file}" は ${p.url} の最後のキーです。削除すると誰もリポジトリーを読み取れなくなります`,
    },
    hint: {
      en: () => 'Add another key first: `hozon repo key add`.',
      ja: () => '先に `hozon repo key add` で別のキーを追加してください。',
    },
  }),
  'key-unusable': error<OfFile>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p =>
        `the new key "${p.file}" of ${p.url} does not open what it should when it is read back; it was removed`,
      ja: p => `${p.url} の新しいキー "${p.file}" を読み戻して検証できなかったため、削除しました`,
    },
    hint: {
      en: () => 'The keys that were there are still good. Check the location, then run the command again.',
      ja: () => '既存のキーは引き続き使用できます。保存先を確認し、コマンドを再実行してください。',
    },
  }),
  'key-unusable-left': error<FileFault>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p =>
        `the new key "${p.file}" of ${p.url} does not open what it should when it is read back, and it could not be removed: ${p.reason.en()}`,
      ja: p =>
        `${p.url} の新しいキー "${p.file}" を読み戻して検証できず、削除することもできませんでした: ${p.reason.ja()}`,
    },
    hint: {
      en: () =>
        'The keys that were there are still good, and nothing needs this one: remove it with `hozon repo key remove` and its id once the location lets it be deleted. Check the location, then run the command again.',
      ja: () =>
        '既存のキーは引き続き使用できます。このキーは不要です。削除できるようになったら、ID を指定して `hozon repo key remove` で削除してください。保存先を確認し、コマンドを再実行してください。',
    },
  }),
  'keys-left-over': error<OfFile>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `${p.url} holds the beginning of a repository: "${p.file}", which this password does not open, and no "config"`,
      ja: p =>
        `${p.url} には作成途中のリポジトリーがあります: "${p.file}" はこのパスワードでは開けず、"config" はありません`,
    },
    hint: {
      en: () =>
        'Run `hozon repo init` with the password that was used first, and it is completed; or let it go: `hozon repo init --discard-leftovers`.',
      ja: () =>
        '最初に使用したパスワードで `hozon repo init` を実行すると作成が完了します。破棄する場合は `hozon repo init --discard-leftovers` を実行してください。',
    },
  }),
};
