import { error } from '#foundation/errors.ts';
import type { AtKey, Why } from './subjects.ts';

/** What a location does not store, or not delete. */
export const refusals = {
  'invalid-key': error<{ readonly key: string; readonly reason: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${JSON.stringify(p.key)} is not a usable object key: ${p.reason}`,
      ja: p => `${JSON.stringify(p.key)} はオブジェクトキーとして使えません: ${p.reason}`,
    },
    hint: {
      en: () => 'Choose a name of letters, digits, "-" and ".".',
      ja: () => '英数字、"-"、"." からなる名前を選んでください。',
    },
  }),
  'read-only': error<{ readonly url: string }>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `${p.url} is read-only`,
      ja: p => `${p.url} は読み取り専用です`,
    },
    hint: {
      en: () =>
        'Choose a location that may be written, or change its access mode (`accessMode: ReadWrite`; for a directory, how it is mounted).',
      ja: () =>
        '書き込み可能な保存先を選ぶか、アクセスモードを変更してください (`accessMode: ReadWrite`、ディレクトリーの場合はマウント方法)。',
    },
  }),
  'no-space': error<Why>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url} has no room left (${p.reason})`,
      ja: p => `${p.url} に空き容量がありません (${p.reason})`,
    },
    hint: {
      en: () => 'Make room, raise the quota, or delete expired backups with `hozon backup delete`.',
      ja: () =>
        '空き容量を確保するか、クォータを引き上げるか、`hozon backup delete` で期限切れのバックアップを削除してください。',
    },
  }),
  locked: error<AtKey & { readonly reason: string }>({
    exit: 'locked',
    retry: 'never',
    message: {
      en: p => `${p.url}: "${p.key}" is protected by object lock (${p.reason})`,
      ja: p => `${p.url}: "${p.key}" はオブジェクトロックで保護されています (${p.reason})`,
    },
    hint: {
      en: () =>
        'Wait until its retention ends; a lock in governance mode can be lifted by who may bypass it.',
      ja: () =>
        '保持期間の終了を待ってください。ガバナンスモードのロックは、権限を持つ管理者が解除できます。',
    },
  }),
};
