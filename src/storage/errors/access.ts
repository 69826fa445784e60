import { error } from '#foundation/errors.ts';
import type { Why } from './subjects.ts';

/** A location that cannot be had at all. */
export const access = {
  denied: error<Why & { readonly key?: string }>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: ({ url, key = '', reason }) =>
        `${url}: access${key === '' ? '' : ` to "${key}"`} was denied (${reason})`,
      ja: ({ url, key = '', reason }) =>
        `${url}: ${key === '' ? '' : `"${key}" への`}アクセスが拒否されました (${reason})`,
    },
    hint: {
      en: () => 'Check the credentials and the permissions of the location; then run `hozon location check`.',
      ja: () => '保存先の資格情報と権限を確認し、`hozon location check` を実行してください。',
    },
  }),
  unavailable: error<Why>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.url} could not be reached or did not answer in time (${p.reason})`,
      ja: p => `${p.url} に接続できないか、時間内に応答がありませんでした (${p.reason})`,
    },
    hint: {
      en: () =>
        'Check the network and the server, then try again; `hozon location check` shows where it fails.',
      ja: () =>
        'ネットワークとサーバーを確認して再試行してください。`hozon location check` で失敗箇所を確認できます。',
    },
  }),
};
