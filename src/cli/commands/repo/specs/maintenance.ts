import { say, spec } from '../../../spec.ts';
import { access } from './access.ts';
import { safety } from './safety.ts';

const { retryLock: _, ...withoutWaiting } = access;
const { format: __, ...level } = safety;

export const maintenance = spec({
  name: 'maintenance',
  summary: say(
    'Show, change and run the maintenance of a kopia repository',
    'kopia リポジトリーのメンテナンスの表示、変更、実行を行います',
  ),
  details: say(
    'It collects what no snapshot uses, puts small packs and indexes together, and frees space once nobody can need it any more. Only its owner may run it; kopia and Hozon each go on from what the other did.',
    '使用されていないデータの回収、小さいパックとインデックスの統合、不要になった容量の解放を行います。実行できるのは担当者だけです。kopia と Hozon は互いの続きから処理できます。',
  ),
  arguments: [
    {
      name: 'ACTION',
      required: true,
      choices: ['info', 'set', 'run'],
      summary: say('What to do', '操作の種類'),
    },
  ],
  flags: {
    ...withoutWaiting,
    full: {
      kind: 'switch',
      summary: say('run: all of it, not only what is quick', 'run: 短時間の処理だけでなく、すべて実行します'),
    },
    ifDue: {
      kind: 'switch',
      summary: say('run: only what is due', 'run: 予定の時刻になったものだけを実行します'),
    },
    force: {
      kind: 'switch',
      summary: say(
        'run: although somebody else owns it, who must not run it meanwhile',
        'run: 担当者でなくても実行します。その間、担当者は実行しないでください',
      ),
    },
    safety: level,
    dryRun: {
      kind: 'switch',
      short: 'n',
      summary: say('run: only say what would be done', 'run: 実行せずに内容だけを表示します'),
    },
    owner: {
      kind: 'text',
      value: 'USER@HOST',
      summary: say(
        'set: who runs it; "me" is this user and host',
        'set: 担当者。"me" はこのユーザーとホスト',
      ),
    },
    enableQuick: { kind: 'switch', summary: say('set: run the quick one', 'set: 短時間の処理を実行します') },
    enableFull: { kind: 'switch', summary: say('set: run the full one', 'set: 完全な処理を実行します') },
    quickInterval: {
      kind: 'duration',
      value: 'DURATION',
      summary: say('set: how often the quick one is due', 'set: 短時間の処理の間隔'),
    },
    fullInterval: {
      kind: 'duration',
      value: 'DURATION',
      summary: say('set: how often the full one is due', 'set: 完全な処理の間隔'),
    },
    pauseQuick: {
      kind: 'duration',
      value: 'DURATION',
      summary: say('set: no quick one for so long', 'set: 短時間の処理を止める期間'),
    },
    pauseFull: {
      kind: 'duration',
      value: 'DURATION',
      summary: say('set: no full one for so long', 'set: 完全な処理を止める期間'),
    },
    maxRetainedLogCount: {
      kind: 'number',
      value: 'COUNT',
      summary: say("set: how many of kopia's logs stay", 'set: 保持する kopia のログの数'),
    },
    maxRetainedLogAge: {
      kind: 'duration',
      value: 'DURATION',
      summary: say("set: how long kopia's logs stay", 'set: kopia のログを保持する期間'),
    },
    maxRetainedLogSizeMb: {
      kind: 'number',
      value: 'MIB',
      summary: say("set: how much of kopia's logs stays", 'set: 保持する kopia のログの合計サイズ'),
    },
    extendObjectLocks: {
      kind: 'switch',
      summary: say(
        'set: let the full one extend the object locks of all blobs, so that they never end',
        'set: 完全な処理のたびに、すべてのブロブのオブジェクトロックを延長します',
      ),
    },
  },
  examples: [
    {
      command: 'hozon repo maintenance run --full --if-due --repo hosts',
      summary: say('From a schedule, as often as you like', 'スケジュール実行 (頻度は問いません)'),
    },
    {
      command: 'hozon repo maintenance set --owner me --full-interval 12h',
      summary: say('Take it over', '担当を引き継ぎます'),
    },
    {
      command: 'hozon repo maintenance set --extend-object-locks --repo hosts',
      summary: say('Keep locked blobs locked', 'ブロブのロックを維持します'),
    },
  ],
});
