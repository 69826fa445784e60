import { say, spec } from '../../../spec.ts';
import { access } from './access.ts';

const { retryLock: _, ...withoutWaiting } = access;

export const unlock = spec({
  name: 'unlock',
  summary: say('Remove locks whose holders are dead', '所有者がすでに終了しているロックを削除します'),
  details: say(
    'Dead is a holder that has not renewed its lock for half an hour, or a process of this host that is gone.',
    '30 分以上更新されていないロックと、このホストで終了済みのプロセスのロックが対象です。',
  ),
  flags: {
    ...withoutWaiting,
    removeAll: {
      kind: 'switch',
      summary: say(
        'Remove all locks; make sure that nobody works in the repository',
        'すべてのロックを削除します。リポジトリーが使用されていないことを確認してください',
      ),
    },
  },
});
