import { say, spec } from '../../../spec.ts';
import { access } from './access.ts';

export const init = spec({
  name: 'init',
  summary: say('Make a restic repository (version 2)', 'restic リポジトリー (バージョン 2) を作成します'),
  details: say(
    'Without its password, nobody can read what is stored there: keep a copy of it elsewhere.',
    'パスワードがなければ保存した内容は誰にも読み取れません。パスワードの控えを別の場所に保管してください。',
  ),
  flags: access,
});
