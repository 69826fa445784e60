import { error } from '#foundation/errors.ts';
import type { AtKey, Why } from './subjects.ts';

const checkLocation = {
  en: () => 'Check the location with `hozon location check`.',
  ja: () => '`hozon location check` で保存先を確認してください。',
};

/** What a location cannot do, or is not made to do. */
export const inability = {
  unsupported: error<Why>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url} cannot do what is needed (${p.reason})`,
      ja: p => `${p.url} は必要な操作に対応していません (${p.reason})`,
    },
    hint: {
      en: () => 'Use a location whose file system or server supports it.',
      ja: () => '対応しているファイルシステムまたはサーバー上の保存先を使ってください。',
    },
  }),
  failed: error<Why>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url}: ${p.reason}`,
      ja: p => `${p.url}: ${p.reason}`,
    },
    hint: checkLocation,
  }),
  symlink: error<AtKey>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `${p.url}: the path of "${p.key}" leads through a symbolic link, which is not followed`,
      ja: p => `${p.url}: "${p.key}" のパスにシンボリックリンクが含まれているため、たどりません`,
    },
    hint: {
      en: () => 'Replace the link inside the location by a real directory.',
      ja: () => '保存先の中のリンクを実際のディレクトリーに置き換えてください。',
    },
  }),
};
