import { type Message, message } from '#foundation/language.ts';

interface Definition<P> {
  readonly severity: 'warning' | 'error';
  readonly text: Message<P>;
}

function warning<P>(text: Message<P>): Definition<P> {
  return { severity: 'warning', text: message(text) };
}

function failure<P>(text: Message<P>): Definition<P> {
  return { severity: 'error', text: message(text) };
}

interface MissingClass {
  readonly kind: string;
  readonly name: string;
  readonly objects: number;
  readonly first: string;
}

interface Quota {
  readonly namespace: string;
  readonly quota: string;
  readonly resource: string;
  readonly hard: string;
  readonly used: string;
  readonly more: string;
}

interface Webhook {
  readonly webhook: string;
  readonly configuration: string;
  readonly service: string;
  readonly objects: number;
}

/** What a restore would find missing in the cluster or in its way; errors keep objects from being restored. */
const catalogue = {
  'type-not-served': failure<{ resource: string; objects: number }>({
    en: p =>
      `the cluster does not serve ${p.resource}, and the restore does not bring its definition: ${p.objects} ${p.objects === 1 ? 'object' : 'objects'} cannot be restored; install its CustomResourceDefinition or operator first`,
    ja: p =>
      `クラスターが ${p.resource} を提供しておらず、定義も復元対象に含まれていないため、${p.objects} 個のオブジェクトを復元できません。先に CustomResourceDefinition または Operator をインストールしてください`,
  }),
  'type-other-version': warning<{ resource: string; archived: string; served: string }>({
    en: p =>
      `${p.resource}: the backup holds ${p.archived}, which the cluster does not serve; ${p.served} is used`,
    ja: p =>
      `${p.resource}: バックアップの ${p.archived} をクラスターが提供していないため、${p.served} を使用します`,
  }),
  'class-missing': warning<MissingClass>({
    en: p =>
      `${p.kind} ${p.name} does not exist; ${p.objects} restored ${p.objects === 1 ? 'object names' : 'objects name'} it (${p.first})`,
    ja: p =>
      `${p.kind} ${p.name} が存在しません。復元対象の ${p.objects} 個のオブジェクトが参照しています (${p.first})`,
  }),
  'quota-exceeded': failure<Quota>({
    en: p =>
      `ResourceQuota ${p.namespace}/${p.quota} allows ${p.resource} ${p.hard}, of which ${p.used} is used; the restore adds ${p.more}`,
    ja: p =>
      `ResourceQuota ${p.namespace}/${p.quota} の ${p.resource} の上限は ${p.hard} (使用中 ${p.used}) ですが、復元により ${p.more} 追加されます`,
  }),
  'webhook-unreachable': failure<Webhook>({
    en: p =>
      `webhook ${p.webhook} of ${p.configuration} must answer for ${p.objects} ${p.objects === 1 ? 'object' : 'objects'} (failurePolicy Fail), and its service ${p.service} does not exist; they will be refused`,
    ja: p =>
      `${p.configuration} の Webhook ${p.webhook} (failurePolicy は Fail) は ${p.objects} 個のオブジェクトの作成時に応答が必要ですが、サービス ${p.service} が存在しないため、作成は拒否されます`,
  }),
  'namespace-terminating': warning<{ namespace: string }>({
    en: p =>
      `namespace ${p.namespace} is being deleted; the restore waits until it is gone, at most 10 minutes`,
    ja: p => `namespace ${p.namespace} は削除中です。復元は削除の完了を最大 10 分待ちます`,
  }),
  'not-checked': warning<{ what: string; reason: string }>({
    en: p => `${p.what} could not be read, so nothing is said about them: ${p.reason}`,
    ja: p => `${p.what} を読み取れないため、確認していません: ${p.reason}`,
  }),
} as const;

export type PlanFindingCode = keyof typeof catalogue;
type ParamsOf<C extends PlanFindingCode> = (typeof catalogue)[C] extends Definition<infer P> ? P : never;

/** Plain JSON. */
export interface PlanFinding {
  readonly code: PlanFindingCode;
  readonly severity: 'warning' | 'error';
  readonly params: Readonly<Record<string, string | number>>;
}

/** Makes a finding; its severity comes with its code. */
export function finding<C extends PlanFindingCode>(code: C, params: ParamsOf<C>): PlanFinding {
  return { code, severity: catalogue[code].severity, params: { ...(params as PlanFinding['params']) } };
}

/** The finding in words. */
export function findingText({ code, params }: PlanFinding): Message {
  const text = catalogue[code].text as Message<typeof params>;
  return { en: () => text.en(params), ja: () => text.ja(params) };
}

/** Whether there is such a finding: a saved plan may come from elsewhere. */
export function isFindingCode(code: string): code is PlanFindingCode {
  return Object.hasOwn(catalogue, code);
}
