import type { GlobProblem } from '#foundation/glob.ts';
import { type Message, message } from '#foundation/language.ts';

/** What a feature that this version cannot do yet is called in a Restore. */
export type Unsupported = 'spec.resourcePolicy';

const instead: Readonly<Record<Unsupported, { en: string; ja: string }>> = {
  'spec.resourcePolicy': {
    en: 'leave it out and say what is restored by namespaces, resources and labels',
    ja: '指定を外し、復元の対象は namespace、リソース、ラベルで指定してください',
  },
};

const globReasons: Readonly<Record<GlobProblem, string>> = {
  unsupported: '|()!{},\\^',
  'consecutive-asterisks': '**',
  'empty-class': '[]',
  unbalanced: '[ ]',
  'bad-range': '[z-a]',
};

/** What can be wrong with what a restore asks for, in words. */
export const problems = {
  name: (name: string): Message =>
    message({
      en: () => `metadata.name: ${JSON.stringify(name)} is not a name (lower case letters, digits, - and .)`,
      ja: () => `metadata.name: ${JSON.stringify(name)} は名前として使えません (小文字、数字、-、. のみ)`,
    }),
  noBackup: message({
    en: () => 'spec.backupName: it must be given, or spec.scheduleName',
    ja: () => 'spec.backupName または spec.scheduleName の指定が必要です',
  }),
  twoSources: message({
    en: () => 'spec.backupName and spec.scheduleName: only one of them can be given',
    ja: () => 'spec.backupName と spec.scheduleName: どちらか一方だけを指定してください',
  }),
  noneOfSchedule: (schedule: string, phases: readonly string[]): Message =>
    message({
      en: () =>
        `spec.scheduleName: there is no backup of schedule ${JSON.stringify(schedule)} that is ${phases.join(' or ')}`,
      ja: () =>
        `spec.scheduleName: スケジュール ${JSON.stringify(schedule)} のバックアップに、フェーズが ${phases.join(' または ')} のものはありません`,
    }),
  referenceKind: (field: string, kind: string): Message =>
    message({
      en: () => `${field}: it must name a ConfigMap, not a ${JSON.stringify(kind)}`,
      ja: () => `${field}: ${JSON.stringify(kind)} ではなく ConfigMap を指定してください`,
    }),
  noModifiers: (namespace: string, name: string, reason?: string): Message =>
    message({
      en: () =>
        `spec.resourceModifier: ConfigMap ${namespace}/${name} ${reason === undefined ? 'is not there' : `cannot be read: ${reason}`}`,
      ja: () =>
        `spec.resourceModifier: ConfigMap ${namespace}/${name} ${reason === undefined ? 'がありません' : `を読み取れません: ${reason}`}`,
    }),
  modifiers: (namespace: string, name: string, reason: string): Message =>
    message({
      en: () => `resource modifier ${namespace}/${name}: ${reason}`,
      ja: () => `resource modifier ${namespace}/${name}: ${reason}`,
    }),
  twoConfigs: (plugin: string, names: readonly string[]): Message =>
    message({
      en: () => `more than one ConfigMap is labelled for ${plugin}: ${names.join(', ')}; keep one`,
      ja: () =>
        `${plugin} のラベルを持つ ConfigMap が複数あります: ${names.join(', ')}。1 つだけにしてください`,
    }),
  hookForNothing: (field: string): Message =>
    message({
      en: () => `${field}: it leaves out pods, and hooks run in pods only`,
      ja: () => `${field}: Pod が対象から外れています。フックの対象は Pod だけです`,
    }),
  timeout: (field: string, value: string): Message =>
    message({
      en: () => `${field}: ${JSON.stringify(value)} must be a duration such as 30s, and not negative`,
      ja: () => `${field}: ${JSON.stringify(value)} ではなく、30s のような負でない期間を指定してください`,
    }),
  initContainer: (field: string): Message =>
    message({
      en: () => `${field}: an init container needs a name, an image and a command`,
      ja: () => `${field}: init コンテナーには name、image、command が必要です`,
    }),
  backupName: (name: string): Message =>
    message({
      en: () => `spec.backupName: ${JSON.stringify(name)} cannot be the name of a backup`,
      ja: () => `spec.backupName: ${JSON.stringify(name)} はバックアップ名として使えません`,
    }),
  unsupported: (field: Unsupported): Message =>
    message({
      en: () => `${field}: not supported by this version; ${instead[field].en}`,
      ja: () => `${field}: このバージョンではサポートしていません。${instead[field].ja}`,
    }),
  neverRestored: (resource: string): Message =>
    message({
      en: () => `spec.includedResources: ${resource} are never restored`,
      ja: () => `spec.includedResources: ${resource} は復元の対象になりません`,
    }),
  starNotAlone: (field: string): Message =>
    message({
      en: () => `${field}: "*" must stand alone`,
      ja: () => `${field}: "*" は単独で指定してください`,
    }),
  starExcluded: (field: string): Message =>
    message({
      en: () => `${field}: "*" would leave nothing to restore`,
      ja: () => `${field}: "*" を指定すると復元するものがなくなります`,
    }),
  inBoth: (fields: string, name: string): Message =>
    message({
      en: () => `${fields}: ${name} is both included and excluded`,
      ja: () => `${fields}: ${name} が対象と除外の両方に指定されています`,
    }),
  pattern: (field: string, pattern: string, reason: GlobProblem): Message =>
    message({
      en: () =>
        `${field}: ${JSON.stringify(pattern)} is neither a name nor a pattern (${globReasons[reason]})`,
      ja: () =>
        `${field}: ${JSON.stringify(pattern)} は名前としてもパターンとしても使えません (${globReasons[reason]})`,
    }),
  emptyEntry: (field: string): Message =>
    message({
      en: () => `${field}: an entry is empty`,
      ja: () => `${field}: 空の項目があります`,
    }),
  twoSelectors: message({
    en: () => 'spec.labelSelector and spec.orLabelSelectors: only one of them can be given',
    ja: () => 'spec.labelSelector と spec.orLabelSelectors: どちらか一方だけを指定してください',
  }),
  selector: (field: string, reason: Message): Message =>
    message({
      en: () => `${field}: ${reason.en()}`,
      ja: () => `${field}: ${reason.ja()}`,
    }),
  policy: (value: string): Message =>
    message({
      en: () => `spec.existingResourcePolicy: ${JSON.stringify(value)} is neither none nor update`,
      ja: () => `spec.existingResourcePolicy: ${JSON.stringify(value)} は none でも update でもありません`,
    }),
  mappingName: (name: string): Message =>
    message({
      en: () => `spec.namespaceMapping: ${JSON.stringify(name)} cannot be the name of a namespace`,
      ja: () => `spec.namespaceMapping: ${JSON.stringify(name)} は namespace 名として使えません`,
    }),
  mappedTogether: (sources: readonly string[], target: string): Message =>
    message({
      en: () =>
        `spec.namespaceMapping: ${sources.join(' and ')} would both be restored into ${target}; map them to different namespaces or exclude one`,
      ja: () =>
        `spec.namespaceMapping: ${sources.join(' と ')} がどちらも ${target} に復元されます。別の namespace に対応付けるか、一方を除外してください`,
    }),
} as const;
