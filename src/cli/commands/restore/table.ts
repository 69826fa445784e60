import { type NounNode, on, say, spec } from '../../spec.ts';
import { createFlags } from './create-flags.ts';
import { plan } from './plan-flags.ts';
import { planTexts } from './plan-messages.ts';

const name = {
  name: 'NAME',
  required: true,
  complete: 'restores',
  summary: say('The name of the restore', '復元の名前'),
} as const;

export const create = spec({
  name: 'create',
  summary: say('Bring back what a backup holds', 'バックアップの内容を復元します'),
  arguments: [
    {
      name: 'NAME',
      summary: say(
        'The name of the new restore (default: the backup and the time)',
        '新しい復元の名前 (既定値: バックアップ名と日時)',
      ),
    },
  ],
  flags: {
    ...createFlags,
    plan: { kind: 'text', value: 'FILE', complete: 'files', summary: planTexts.planFlag },
  },
  examples: [
    {
      command: 'hozon restore create --from-backup nightly',
      summary: say('Everything in a backup', 'バックアップの内容をすべて復元します'),
    },
    {
      command:
        'hozon restore create --from-backup nightly --include-namespaces shop --namespace-mappings shop:shop-copy',
      summary: say('One namespace beside the old one', '1 つの namespace を別の名前で復元します'),
    },
  ],
});

export const get = spec({
  name: 'get',
  aliases: ['list'],
  summary: say('List restores', '復元の一覧を表示します'),
  arguments: [{ ...name, name: 'NAMES', required: false, variadic: true }],
  flags: {
    selector: {
      kind: 'text',
      short: 'l',
      value: 'SELECTOR',
      summary: say('Only restores with these labels', '指定したラベルを持つ復元だけ'),
    },
  },
});

export const describe = spec({
  name: 'describe',
  summary: say('Show everything about a restore', '復元の詳細を表示します'),
  arguments: [name],
  flags: {
    details: {
      kind: 'switch',
      summary: say('List every object, too', 'オブジェクトの一覧も表示します'),
    },
  },
});

export const logs = spec({
  name: 'logs',
  summary: say('Show the log of a restore', '復元のログを表示します'),
  arguments: [name],
  flags: {},
});

export const remove = spec({
  name: 'delete',
  summary: say(
    'Delete the records and logs of restores; what was restored stays',
    '復元の記録とログを削除します。復元したオブジェクトは残ります',
  ),
  arguments: [{ ...name, name: 'NAMES', required: false, variadic: true }],
  flags: {
    all: {
      kind: 'switch',
      summary: say('Every restore of the location', 'この場所にあるすべての復元'),
    },
    selector: {
      kind: 'text',
      short: 'l',
      value: 'SELECTOR',
      summary: say('Restores with these labels', '指定したラベルを持つ復元'),
    },
    confirm: { kind: 'switch', summary: say('Do not ask', '確認せずに実行します') },
  },
});

/** `hozon restore …`. */
export const restore: NounNode = {
  name: 'restore',
  aliases: ['restores'],
  summary: say('Restore, look at restores, delete their records', '復元の実行、表示、記録の削除'),
  commands: [
    on(create, () => import('./create.ts')),
    on(plan, () => import('./plan.ts')),
    on(get, () => import('./get.ts')),
    on(describe, () => import('./describe.ts')),
    on(logs, () => import('./logs.ts')),
    on(remove, () => import('./delete.ts')),
  ],
};
