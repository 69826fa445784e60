import { error } from '#foundation/errors.ts';
import type { At } from './subjects.ts';

/** Why a repository is not tidied up. In each case nothing was changed. */
export const upkeep = {
  'prune-blobs-missing': error<
    At & { readonly count: number; readonly kind: string; readonly id: string; readonly snapshots: number }
  >({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `${p.url} is not pruned: ${p.count} blobs that its ${p.snapshots} snapshots need are in no index; the first is the ${p.kind} blob ${p.id}`,
      ja: p =>
        `${p.url} のプルーニングを中止しました: ${p.snapshots} 個のスナップショットに必要なブロブ ${p.count} 個がどのインデックスにもありません (最初のものは ${p.kind} ブロブ ${p.id})`,
    },
    hint: {
      en: () =>
        'Run `hozon repo repair index`, and if blobs are still missing, `hozon repo repair snapshots`; then prune again.',
      ja: () =>
        '`hozon repo repair index` を実行してください。それでもブロブが見つからない場合は `hozon repo repair snapshots` を実行し、その後もう一度プルーニングしてください。',
    },
  }),
  'prune-packs-unfit': error<
    At & {
      readonly count: number;
      readonly file: string;
      readonly found: number | undefined;
      readonly expected: number;
    }
  >({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `${p.url} is not pruned: ${p.count} packs that are needed are missing or not as long as their index says; "${p.file}" ${p.found === undefined ? 'is missing' : `has ${p.found} bytes, not ${p.expected}`}`,
      ja: p =>
        `${p.url} のプルーニングを中止しました: 必要なパック ${p.count} 個が存在しないか、サイズがインデックスと一致しません。"${p.file}" は${p.found === undefined ? 'ありません' : ` ${p.expected} バイトのはずが ${p.found} バイトです`}`,
    },
    hint: {
      en: () =>
        'Run `hozon repo repair index`, then `hozon repo check` to see what suffers, and prune again.',
      ja: () =>
        '`hozon repo repair index` を実行し、`hozon repo check` で影響範囲を確認してから、もう一度プルーニングしてください。',
    },
  }),
  'pack-not-found': error<At & { readonly id: string }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `${p.url} has no pack "${p.id}", and no index names one`,
      ja: p => `${p.url} にパック "${p.id}" がなく、インデックスにもありません`,
    },
    hint: {
      en: () => '`hozon repo check --read-data` names the packs that are damaged.',
      ja: () => '`hozon repo check --read-data` で破損したパックを確認できます。',
    },
  }),
};
