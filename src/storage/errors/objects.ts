import { error } from '#foundation/errors.ts';
import type { AtKey } from './subjects.ts';

/** What can be wrong with an object: it is not there, or in the way of another. */
export const objects = {
  'not-found': error<AtKey>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `${p.url} has no object "${p.key}"`,
      ja: p => `${p.url} にオブジェクト "${p.key}" がありません`,
    },
    hint: {
      en: () => 'List what the location holds with `hozon backup get`.',
      ja: () => '`hozon backup get` で保存先の内容を確認してください。',
    },
  }),
  'already-exists': error<AtKey>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url} already has an object "${p.key}"`,
      ja: p => `${p.url} にはすでにオブジェクト "${p.key}" があります`,
    },
    hint: {
      en: () => 'Choose another name, or delete what is there first.',
      ja: () => '別の名前を選ぶか、既存のものを先に削除してください。',
    },
  }),
  'key-conflict': error<AtKey>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url} cannot hold "${p.key}": a part of that path is an object, or it is itself a folder`,
      ja: p =>
        `${p.url} に "${p.key}" を置けません: パスの途中がオブジェクトであるか、同名のフォルダーがあります`,
    },
    hint: {
      en: () => 'Choose another name, or delete the object that is in the way.',
      ja: () => '別の名前を選ぶか、妨げになっているオブジェクトを削除してください。',
    },
  }),
};
