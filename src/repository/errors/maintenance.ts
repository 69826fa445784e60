import { error } from '#foundation/errors.ts';
import { formatDuration } from '#foundation/format.ts';
import type { Message } from '#foundation/language.ts';
import type { At, OfFile } from './subjects.ts';

/** Why a kopia repository is not maintained, or its password not changed. Unless said otherwise, nothing was changed. */
export const maintenance = {
  'not-maintenance-owner': error<At & { readonly owner: string; readonly self: string }>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p =>
        p.owner === ''
          ? `the maintenance of ${p.url} is up to nobody, and so not to ${p.self}`
          : `the maintenance of ${p.url} is up to ${p.owner}, not to ${p.self}`,
      ja: p =>
        p.owner === ''
          ? `${p.url} のメンテナンスの担当者が設定されていないため、${p.self} では実行できません`
          : `${p.url} のメンテナンスの担当は ${p.owner} です。${p.self} では実行できません`,
    },
    hint: {
      en: () =>
        'Run it as the owner, or take it over with `hozon repo maintenance set --owner me`. Two who maintain a repository at once can destroy it.',
      ja: () =>
        '担当者として実行するか、`hozon repo maintenance set --owner me` で担当を引き継いでください。複数のメンテナンスを同時に実行するとリポジトリーが壊れることがあります。',
    },
  }),
  'maintenance-elsewhere': error<At>({
    exit: 'locked',
    retry: 'later',
    message: {
      en: p => `somebody else maintains ${p.url} at the same time; what was begun here was stopped`,
      ja: p => `${p.url} のメンテナンスがほかでも実行されているため、途中で中止しました`,
    },
    hint: {
      en: () =>
        'Wait until the other run has ended (`hozon repo maintenance info` shows what was done), then run it again.',
      ja: () =>
        'もう一方の完了を待ってから再度実行してください。実行履歴は `hozon repo maintenance info` で確認できます。',
    },
  }),
  'maintenance-clock-skew': error<At & { readonly skew: number }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p =>
        `the clock of this machine and that of ${p.url} are ${formatDuration(p.skew)} apart; maintenance decides by both, and bears 5 minutes`,
      ja: p =>
        `このマシンと ${p.url} の時計が ${formatDuration(p.skew)} ずれています。メンテナンスで許容されるのは 5 分までです`,
    },
    hint: {
      en: () => 'Set the clocks right (NTP), then run it again.',
      ja: () => 'NTP などで時計を合わせてから再度実行してください。',
    },
  }),
  'parameter-refused': error<At & { readonly rule: Message }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `the parameters of ${p.url} cannot be changed so: ${p.rule.en()}`,
      ja: p => `${p.url} のパラメーターをこのように変更することはできません: ${p.rule.ja()}`,
    },
    hint: {
      en: () => 'Nothing was changed. Give other values; `hozon repo set-parameters --help` shows the flags.',
      ja: () =>
        '何も変更していません。値を変えて実行してください。フラグは `hozon repo set-parameters --help` で確認できます。',
    },
  }),
  'blobs-not-deleted': error<OfFile & { readonly count: number; readonly reason: string }>({
    exit: 'partial',
    retry: 'never',
    message: {
      en: p =>
        `${p.url}: ${p.count} blobs that nothing needs any more could not be deleted; the first is "${p.file}": ${p.reason}`,
      ja: p =>
        `${p.url}: 不要になったブロブ ${p.count} 個を削除できませんでした。最初のものは "${p.file}": ${p.reason}`,
    },
    hint: {
      en: () =>
        'They only take room, and the next maintenance tries again. Where the location is to let nothing be deleted, run maintenance from time to time with credentials that may.',
      ja: () =>
        '容量を使用するだけで害はなく、次回のメンテナンスで再試行されます。削除を許可しない保存先では、削除の権限を持つ資格情報で定期的にメンテナンスを実行してください。',
    },
  }),
  'locks-not-extended': error<
    OfFile & { readonly count: number; readonly total: number; readonly reason: string }
  >({
    exit: 'partial',
    retry: 'never',
    message: {
      en: p =>
        `${p.url}: the object locks of ${p.count} of ${p.total} blobs were not extended and end when they would have; the first is "${p.file}": ${p.reason}`,
      ja: p =>
        `${p.url}: ブロブ ${p.total} 個のうち ${p.count} 個のオブジェクトロックを延長できず、元の期限のままです。最初のものは "${p.file}": ${p.reason}`,
    },
    hint: {
      en: () =>
        'Grant the right to change locks (of S3: `s3:PutObjectRetention` and `s3:GetObjectRetention`), then run `hozon repo maintenance run --full` before they end.',
      ja: () =>
        'ロックを変更する権限 (S3 の場合は `s3:PutObjectRetention` と `s3:GetObjectRetention`) を付与し、期限が切れる前に `hozon repo maintenance run --full` を実行してください。',
    },
  }),
  'retention-too-short': error<At & { readonly period: number; readonly interval: number }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p =>
        `${p.url} locks its blobs for ${formatDuration(p.period)}, but full maintenance, which is to extend the locks, comes every ${formatDuration(p.interval)}: it must come at least a day before they end`,
      ja: p =>
        `${p.url} のブロブのロック期間は ${formatDuration(p.period)} ですが、ロックを延長する完全なメンテナンスの間隔は ${formatDuration(p.interval)} です。期限の 1 日以上前に実行される間隔が必要です`,
    },
    hint: {
      en: () =>
        'Run it more often (`hozon repo maintenance set --full-interval`), or lock for longer (`kopia repository set-parameters --retention-period`).',
      ja: () =>
        '間隔を短くする (`hozon repo maintenance set --full-interval`) か、ロック期間を長くしてください (`kopia repository set-parameters --retention-period`)。',
    },
  }),
  'snapshots-unreadable': error<
    At & { readonly count: number; readonly id: string; readonly reason: string }
  >({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `${p.url} is not tidied up: ${p.count} snapshots cannot be read, so nobody can tell what they use; the first is ${p.id}: ${p.reason}`,
      ja: p =>
        `${p.url} の整理を中止しました: 読み取れないスナップショットが ${p.count} 個あり、使用中のデータを判断できません。最初のものは ${p.id}: ${p.reason}`,
    },
    hint: {
      en: () =>
        'Run `hozon repo check` to see what is damaged; remove these snapshots with `hozon repo forget ID` or mend them with `hozon repo repair snapshots`.',
      ja: () =>
        '`hozon repo check` で破損箇所を確認し、`hozon repo forget ID` で削除するか `hozon repo repair snapshots` で修復してください。',
    },
  }),
  'password-fixed': error<At>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the password of ${p.url} cannot be changed: each of its packs holds a copy of what it opens`,
      ja: p => `${p.url} のパスワードは変更できません。各パックに設定の複製が含まれています`,
    },
    hint: {
      en: () =>
        'Make a new repository and copy the snapshots: `hozon repo init --format kopia`, `hozon repo copy --from-repo …`.',
      ja: () =>
        '新しいリポジトリーを作成してスナップショットをコピーしてください: `hozon repo init --format kopia`、`hozon repo copy --from-repo …`',
    },
  }),
};
