import { say, spec } from '../../../spec.ts';
import { access } from './access.ts';

export const check = spec({
  name: 'check',
  summary: say(
    'Check a restic repository and name the paths that damage affects',
    'restic リポジトリーを検査し、破損の影響を受けるパスを表示します',
  ),
  details: say(
    'Nothing is written, and no lock is taken. A snapshot whose file is gone altogether cannot be found missing.',
    '書き込みもロックも行いません。ファイルごと失われたスナップショットは検出できません。',
  ),
  flags: {
    ...access,
    readData: {
      kind: 'switch',
      summary: say('Read every byte', 'すべてのデータを読み取ります'),
    },
  },
});
