import { error } from '#foundation/errors.ts';
import type { AtKey } from './subjects.ts';

/** What can become of the bytes of an object on their way. */
export const transfers = {
  truncated: error<AtKey & { readonly expected: number; readonly received: number }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.url}: "${p.key}" ended after ${p.received} of ${p.expected} bytes`,
      ja: p => `${p.url}: "${p.key}" は ${p.expected} バイト中 ${p.received} バイトで途切れました`,
    },
    hint: {
      en: () => 'Try again; if it ends at the same place every time, the stored object is damaged.',
      ja: () => '再試行してください。毎回同じ位置で途切れる場合は、保存されたオブジェクトが壊れています。',
    },
  }),
  corrupted: error<AtKey>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.url}: "${p.key}" did not arrive as it was sent: its checksum differs`,
      ja: p => `${p.url}: "${p.key}" のチェックサムが一致しません。転送中または保存中に壊れました`,
    },
    hint: {
      en: () =>
        'Try again; if it stays so, the stored object is damaged and the backup must be taken from another location.',
      ja: () =>
        '再試行してください。解消しない場合は保存されたオブジェクトが壊れているため、別の保存先のバックアップを使ってください。',
    },
  }),
  changed: error<AtKey>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.url}: "${p.key}" was replaced while it was read`,
      ja: p => `${p.url}: "${p.key}" は読み取り中に置き換えられました`,
    },
    hint: { en: () => 'Run the command again.', ja: () => 'コマンドをもう一度実行してください。' },
  }),
  'wrong-size': error<AtKey & { readonly expected: number; readonly received: number }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `"${p.key}" was announced with ${p.expected} bytes but has ${p.received}; nothing was stored in ${p.url}`,
      ja: p =>
        `"${p.key}" は ${p.expected} バイトのはずが ${p.received} バイトでした。${p.url} には保存していません`,
    },
    hint: {
      en: () => 'The source changed while it was read; run the command again.',
      ja: () => '読み取り中に元のデータが変わりました。コマンドをもう一度実行してください。',
    },
  }),
  'too-large': error<AtKey & { readonly limit: number }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url}: "${p.key}" is larger than the ${p.limit} bytes that are read of it`,
      ja: p => `${p.url}: "${p.key}" は読み取り上限の ${p.limit} バイトを超えています`,
    },
    hint: {
      en: () => 'The object is not what its name says, or was tampered with; look at it before you trust it.',
      ja: () =>
        'オブジェクトの内容が名前と一致しないか、改ざんされた可能性があります。信頼する前に確認してください。',
    },
  }),
};
