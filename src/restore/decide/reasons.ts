import { type Message, message } from '#foundation/language.ts';

/** Why an item is left out without anything missing: the cluster makes it, or creating it would be wrong. */
export const skipReasons = {
  'exists-same': message({
    en: () => 'it is there and is what the backup holds',
    ja: () => 'すでに存在し、バックアップと同じ内容です',
  }),
  'definition-served': message({
    en: () => 'the cluster has this CustomResourceDefinition',
    ja: () => 'クラスターにこの CustomResourceDefinition があります',
  }),
  'made-again': message({
    en: () => 'its controller makes it again',
    ja: () => 'コントローラーが再作成します',
  }),
  'mirror-pod': message({
    en: () => "the mirror of a node's static pod",
    ja: () => 'ノードの静的 Pod のミラーです',
  }),
  finished: message({
    en: () => 'it had finished; created anew it would run again',
    ja: () => '完了済みです。再作成すると再度実行されます',
  }),
  'service-endpoints': message({
    en: () => 'the cluster derives it from a Service',
    ja: () => 'Service からクラスターが作成します',
  }),
  'generated-secret': message({
    en: () => 'a generated secret; the cluster makes a new one',
    ja: () => '生成されたシークレットです。クラスターが新たに作成します',
  }),
  'injected-ca': message({
    en: () => "the cluster's own CA bundle, which every namespace is given",
    ja: () => 'クラスターの CA バンドルです。すべての namespace に作成されます',
  }),
  'default-role-binding': message({
    en: () => 'every OpenShift project is given one',
    ja: () => 'OpenShift のすべてのプロジェクトに作成されます',
  }),
  'cluster-made': message({
    en: () => 'the cluster keeps it by itself',
    ja: () => 'クラスターが自動的に管理します',
  }),
  build: message({
    en: () => 'a build, or what one ran with',
    ja: () => 'ビルド、またはビルドの実行に使われたオブジェクトです',
  }),
  view: message({
    en: () => 'a view of objects that are restored',
    ja: () => '復元されるオブジェクトの別表現です',
  }),
  'self-service': message({
    en: () => 'a request to OADP, which would be carried out again',
    ja: () => 'OADP への要求です。復元すると再度実行されます',
  }),
  'volume-made-anew': message({
    en: () => 'its claim is given a new volume',
    ja: () => 'PVC に新しいボリュームが割り当てられます',
  }),
  'volume-in-use': message({
    en: () => 'the volume of that name is there, for another claim',
    ja: () => '同名のボリュームがすでに存在し、別の PVC のものです',
  }),
  'data-movement': message({
    en: () => "Velero's record of how a volume's data was moved",
    ja: () => 'ボリュームデータの転送に関する Velero の記録です',
  }),
  'volume-snapshot': message({
    en: () => 'a snapshot of volume data, which this version does not restore',
    ja: () => 'ボリュームデータのスナップショットです。このバージョンでは復元しません',
  }),
} as const satisfies Record<string, Message>;

export type SkipReason = keyof typeof skipReasons;
