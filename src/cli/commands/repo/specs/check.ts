import { say, spec } from '../../../spec.ts';
import { readAccess } from './access.ts';

export const check = spec({
  name: 'check',
  summary: say(
    'Check a repository and name the paths that damage affects',
    'リポジトリーを検査し、破損の影響を受けるパスを表示します',
  ),
  details: say(
    'Nothing is changed. A snapshot whose file is gone altogether cannot be found missing. Without a lock, what others do meanwhile may look like damage.',
    '内容は変更しません。ファイルごと失われたスナップショットは検出できません。ロックしない場合、ほかの処理による変更が破損のように見えることがあります。',
  ),
  flags: {
    ...readAccess,
    readData: {
      kind: 'switch',
      summary: say('Read every byte', 'すべてのデータを読み取ります'),
    },
    readDataSubset: {
      kind: 'text',
      value: 'SUBSET',
      summary: say(
        'Read a part: 2/7 (the second of seven), 5% or 10G (at random)',
        '一部を読み取ります: 2/7 (7 分割の 2 番目)、5% または 10G (無作為に選択)',
      ),
    },
  },
  examples: [
    {
      command: 'hozon repo check --repo offsite --read-data-subset 3/7',
      summary: say(
        "Every day of the week another seventh of the data: this is Wednesday's",
        'データを 7 分割して曜日ごとに検査します (これは水曜日の分)',
      ),
    },
  ],
});
