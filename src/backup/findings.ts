import type { Subject } from '#archive/runs/run-report.ts';
import { describeThrown, isHozonError } from '#foundation/errors.ts';
import type { Language, Message } from '#foundation/language.ts';
import { groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import type { UnfitType } from './collect/types.ts';

/** What a run of a backup finds wrong and goes on in spite of. */
type Finding = Message;

const say = (en: string, ja: string): Finding => ({ en: () => en, ja: () => ja });

/** What a finding or a line of the log is about. */
export function subjectOf(type: ResourceType, object: KubeObject): Subject {
  const { namespace, name } = object.metadata;
  return { resource: groupResource(type), namespace, name };
}

/** What was thrown, in the reader's language where it is one of ours. */
function reasonOf(thrown: unknown, language: Language): string {
  return isHozonError(thrown) ? thrown.explain(language) : describeThrown(thrown);
}

export const listFailed = (thrown: unknown, namespace: string | undefined, stored: number): Finding => {
  const where = namespace === undefined ? '' : ` of namespace ${namespace}`;
  const some = stored > 0;
  return {
    en: () =>
      `the objects${where} could not be ${some ? 'all ' : ''}listed, and ${some ? `beyond ${stored} that were read ` : ''}are not in the backup: ${reasonOf(thrown, 'en')}`,
    ja: () =>
      `オブジェクト${namespace === undefined ? '' : ` (namespace ${namespace})`} の一覧を${some ? '最後まで' : ''}取得できなかったため、${some ? `取得済みの ${stored} 件以外は` : ''}バックアップに含まれていません: ${reasonOf(thrown, 'ja')}`,
  };
};

export const notRead = (thrown: unknown): Finding => ({
  en: () => `the object could not be read and is not in the backup: ${reasonOf(thrown, 'en')}`,
  ja: () => `オブジェクトを読み取れなかったため、バックアップに含まれていません: ${reasonOf(thrown, 'ja')}`,
});

export const unread = (values: number, source: string, key: string): Finding =>
  say(
    `${values} ${values === 1 ? 'value' : 'values'} of ${source} could not be read, ${key} the first: what they hold is not in the backup`,
    `${source} の値 ${values} 個を読み取れませんでした (最初のものは ${key})。これらの内容はバックアップに含まれていません`,
  );

export const notWritten = (thrown: unknown): Finding => ({
  en: () => `the object is not in the backup: ${reasonOf(thrown, 'en')}`,
  ja: () => `オブジェクトはバックアップに含まれていません: ${reasonOf(thrown, 'ja')}`,
});

export const typeGone = (thrown: unknown): Finding => ({
  en: () => `the server no longer has this type: ${reasonOf(thrown, 'en')}`,
  ja: () => `このリソースタイプはサーバーから削除されました: ${reasonOf(thrown, 'ja')}`,
});

export const definitionsForbidden = (types: readonly string[], thrown: unknown): Finding => ({
  en: () =>
    `the definitions of these types, if they are custom resources, are not in the backup: ${types.join(', ')}: ${reasonOf(thrown, 'en')}`,
  ja: () =>
    `次のリソースタイプがカスタムリソースの場合、その定義はバックアップに含まれていません: ${types.join('、')}: ${reasonOf(thrown, 'ja')}`,
});

export const orderedMissing = say(
  'orderedResources names this object, but it does not exist or the filters leave it out',
  'orderedResources に指定されたオブジェクトが存在しないか、フィルターで除外されています',
);

export const groupUnavailable = (groupVersion: string, reason: string): Finding =>
  say(
    `the API group ${groupVersion} could not be asked for its resources; its objects are not in the backup: ${reason}`,
    `API グループ ${groupVersion} のリソース情報を取得できないため、そのオブジェクトはバックアップに含まれていません: ${reason}`,
  );

export const unfitType = (reason: UnfitType['reason']): Finding =>
  reason === 'verbs'
    ? say(
        'these objects cannot be backed up: the server does not let them be listed, read, made and deleted',
        'この種類のオブジェクトはバックアップできません。サーバーが一覧取得、読み取り、作成、削除のすべてには対応していません',
      )
    : say(
        'volume snapshots are not backed up in their own right: they belong to the volumes of which they were made',
        'ボリュームスナップショットは単独ではバックアップされません。元のボリュームに付随するものとして扱われます',
      );

export const namespaceMissing = say(
  'includedNamespaces names this namespace, but it does not exist',
  'includedNamespaces に指定された namespace が存在しません',
);

export const namespaceTerminating = say(
  'includedNamespaces names this namespace, but it is being deleted: only objects that are not being deleted yet are in the backup, and not the namespace itself',
  'includedNamespaces に指定された namespace は削除中です。まだ削除が始まっていないオブジェクトだけがバックアップに含まれ、namespace 自体は含まれません',
);

export const namespaceLabelled = (label: string): Finding =>
  say(
    `includedNamespaces names this namespace, but it is labelled ${label}=true: nothing of it is in the backup`,
    `includedNamespaces に指定された namespace にラベル ${label}=true が付いているため、バックアップには含まれません`,
  );

export const patternMatchesNothing = (pattern: string): Finding =>
  say(
    `includedNamespaces: no namespace fits ${JSON.stringify(pattern)}`,
    `includedNamespaces: ${JSON.stringify(pattern)} に一致する namespace がありません`,
  );

export const managedByArgo = (namespaces: readonly string[]): Finding =>
  say(
    `Argo CD manages these namespaces and may undo a restore of them: ${namespaces.join(', ')}`,
    `次の namespace は Argo CD で管理されており、復元した内容が元に戻される可能性があります: ${namespaces.join('、')}`,
  );

export const namespacesForbidden = (thrown: unknown): Finding => ({
  en: () =>
    `the namespace could not be read and is itself not in the backup; its objects are: ${reasonOf(thrown, 'en')}`,
  ja: () =>
    `namespace を読み取れなかったため、namespace 自体はバックアップに含まれていません。namespace 内のオブジェクトは対象です: ${reasonOf(thrown, 'ja')}`,
});
