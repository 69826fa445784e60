import { say, spec } from '../../../spec.ts';
import { access } from './access.ts';
import { fromAccess } from './from.ts';

export const init = spec({
  name: 'init',
  summary: say('Make a restic repository (version 2)', 'restic リポジトリー (バージョン 2) を作成します'),
  details: say(
    'Without its password, nobody can read what is stored there: keep a copy of it elsewhere.',
    'パスワードがなければ保存した内容は誰にも読み取れません。パスワードの控えを別の場所に保管してください。',
  ),
  flags: {
    ...access,
    copyChunkerParams: {
      kind: 'switch',
      summary: say(
        'Cut files as the repository of --from-repo does, so that copies share content with later backups',
        '--from-repo のリポジトリーと同じ位置でファイルを分割し、コピーと以後のバックアップを重複排除できるようにします',
      ),
    },
    ...fromAccess,
    discardLeftovers: {
      kind: 'switch',
      summary: say(
        'Let go the keys of an interrupted init that this password does not open',
        '中断された init が残した、このパスワードで開けないキーを破棄します',
      ),
    },
  },
});
