import type { Message } from '#foundation/language.ts';

/** What makes the resource policy of a Backup invalid. `field` says which ConfigMap it is, and where in its document. */
type Problem = (field: string) => Message;

const say =
  (en: string, ja: string): Problem =>
  field => ({ en: () => `spec.${field}: ${en}`, ja: () => `spec.${field}: ${ja}` });

export const wrongKind = (kind: string): Message =>
  say(
    `only a ConfigMap can hold resource policies: "configmap" instead of ${JSON.stringify(kind)}`,
    `リソースポリシーを格納できるのは ConfigMap だけです。${JSON.stringify(kind)} ではなく "configmap" を指定してください`,
  )('resourcePolicy.kind');

export const notThere = say('it does not exist', 'ConfigMap が存在しません');

export const notOneKey = say(
  'it must hold exactly one key, whose value is the policies',
  'キーは 1 つだけ指定し、その値にポリシーを記述してください',
);

export const notYaml = (reason: string): Problem =>
  say(`it is not YAML: ${reason}`, `YAML として正しくありません: ${reason}`);

export const notMap = say('must be a map of fields', 'フィールドのマップを指定してください');

export const notList = say('must be a list', 'リストを指定してください');

export const notText = say('must be a text', '文字列を指定してください');

export const unknownField = (name: string): Problem =>
  say(`there is no field ${JSON.stringify(name)}`, `フィールド ${JSON.stringify(name)} はありません`);

export const badVersion = say('must be "v1"', '"v1" を指定してください');

export const noEntry = say('at least one entry is needed', '1 つ以上指定してください');

export const starInLists = say(
  '"*" cannot be used in an includeExcludePolicy',
  'includeExcludePolicy に「*」は指定できません',
);

export const alsoIncluded = (entry: string, list: string): Problem =>
  say(
    `${JSON.stringify(entry)} is also in ${list}`,
    `${JSON.stringify(entry)} は ${list} にも指定されています`,
  );

export const notWithOldFilters = (old: readonly string[]): Problem =>
  say(
    `cannot be used together with ${old.map(name => `spec.${name}`).join(', ')}`,
    `${old.map(name => `spec.${name}`).join('、')} と同時に指定できません`,
  );

export const noCatchAll = say(
  'cluster-scoped kinds must be named: an empty list or "*" is not allowed here',
  'クラスタースコープの種類を指定してください。ここでは空のリストや「*」は使用できません',
);

export const secondCatchAll = say(
  'only one filter may be for all other kinds (no kinds, or "*")',
  'その他すべての種類を対象とするフィルター (kinds が空または「*」) は 1 つだけ指定できます',
);

export const namesOfCatchAll = say(
  'a filter for all other kinds cannot go by names',
  'その他すべての種類を対象とするフィルターでは、名前による指定はできません',
);

export const sameKind = (kind: string, other: string): Problem =>
  say(
    `${JSON.stringify(kind)} is already filtered by ${other}`,
    `${JSON.stringify(kind)} は ${other} ですでに指定されています`,
  );

export const samePattern = (pattern: string, other: string): Problem =>
  say(
    `${JSON.stringify(pattern)} is already in ${other}`,
    `${JSON.stringify(pattern)} は ${other} にすでに指定されています`,
  );

export const bothSelectors = say(
  'labelSelector and orLabelSelectors cannot be used together',
  'labelSelector と orLabelSelectors は同時に指定できません',
);

export const badAction = (type: string): Problem =>
  say(
    `${JSON.stringify(type)} is none of skip, fs-backup, snapshot, custom`,
    `${JSON.stringify(type)} は指定できません。skip、fs-backup、snapshot、custom のいずれかを指定してください`,
  );

export const badCapacity = (text: string): Problem =>
  say(
    `${JSON.stringify(text)} is not a range of sizes such as "0,10Gi" or "10Gi,"`,
    `${JSON.stringify(text)} は容量の範囲として正しくありません (例: "0,10Gi"、"10Gi,")`,
  );

export const emptyRange = (text: string): Problem =>
  say(
    `${JSON.stringify(text)} ends before it begins`,
    `${JSON.stringify(text)} は上限が下限より小さくなっています`,
  );

export const badVolumeType = (type: string): Problem =>
  say(
    `${JSON.stringify(type)} is not a type of volume that policies know`,
    `${JSON.stringify(type)} はポリシーで使用できるボリュームの種類ではありません`,
  );

export const attributesWithoutDriver = say(
  'volumeAttributes need a driver beside them',
  'volumeAttributes を指定する場合は driver も必要です',
);
