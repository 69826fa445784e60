import { type Flags, say, spec } from '../../spec.ts';
import { createFlags } from './create-flags.ts';

const {
  includeNamespaces,
  excludeNamespaces,
  includeResources,
  excludeResources,
  includeClusterResources,
  selector,
  orSelector,
} = createFlags;

/** The flags of `backup diff`. */
export const diffFlags = {
  includeNamespaces: {
    ...includeNamespaces,
    summary: say(
      'Namespaces to compare, as the first backup has them (default all)',
      '比較する namespace (1 つ目のバックアップ内の名前。既定値: すべて)',
    ),
  },
  excludeNamespaces: {
    ...excludeNamespaces,
    summary: say('Namespaces to leave out', '比較から除外する namespace'),
  },
  includeResources: {
    ...includeResources,
    summary: say(
      'Resources to compare, as resource.group: pods, deployments.apps; * for all',
      '比較するリソース (resource.group 形式。例: pods、deployments.apps)。* はすべて',
    ),
  },
  excludeResources: {
    ...excludeResources,
    summary: say('Resources to leave out', '比較から除外するリソース'),
  },
  includeClusterResources: {
    ...includeClusterResources,
    summary: say(
      'Compare cluster-scoped resources, too; without the flag, where nothing else is chosen',
      'クラスタースコープのリソースも比較します。省略時は namespace やリソースを限定しない場合だけ比較します',
    ),
  },
  selector,
  orSelector,
  namespaceMappings: {
    kind: 'map',
    separator: ':',
    value: 'FROM:TO,…',
    summary: say(
      'Compare a namespace with one of another name: shop:shop-copy',
      '名前の異なる namespace と比較します (例: shop:shop-copy)',
    ),
  },
  status: { kind: 'switch', summary: say('Compare the status of objects, too', 'status も比較します') },
  details: {
    kind: 'switch',
    summary: say('List every object and every field', 'すべてのオブジェクトとフィールドを表示します'),
  },
} as const satisfies Flags;

export const diff = spec({
  name: 'diff',
  summary: say(
    'Show what differs between two backups, or a backup and the cluster',
    '2 つのバックアップ、またはバックアップとクラスターの差分を表示します',
  ),
  arguments: [
    {
      name: 'BACKUP',
      required: true,
      complete: 'backups',
      summary: say('The backup to compare from', '比較元のバックアップ'),
    },
    {
      name: 'OTHER',
      required: true,
      complete: 'backups',
      summary: say(
        'The backup to compare with, or "live" for the cluster',
        '比較先のバックアップ。"live" はクラスター',
      ),
    },
  ],
  flags: diffFlags,
  examples: [
    {
      command: 'hozon backup diff monday tuesday',
      summary: say('What changed between two backups', '2 つのバックアップの間の変更を表示します'),
    },
    {
      command: 'hozon backup diff nightly live --include-namespaces shop --details',
      summary: say(
        'What changed in a namespace since its backup, field by field',
        'バックアップ後の namespace の変更をフィールドごとに表示します',
      ),
    },
  ],
});
