import { formatGoDuration } from '#foundation/duration.ts';
import type { Message } from '#foundation/language.ts';
import type { ResolvedHook } from './hook.ts';

/** Which hook a text is about; the pod is the subject of the finding. */
type About = Pick<ResolvedHook, 'phase' | 'name' | 'container'>;

const en = (hook: About): string => `${hook.phase} hook ${hook.name} in container ${hook.container}`;
const ja = (hook: About): string => `コンテナー ${hook.container} の ${hook.phase} フック ${hook.name}`;

/** What is said of hooks, in logs and results. Values that others wrote are quoted and bounded by the caller. */
export const hookTexts = {
  exited: (hook: About, { exitCode, output }: { exitCode: number; output: string }): Message => ({
    en: () => `${en(hook)} ended with exit code ${exitCode}${output === '' ? '' : `: ${output}`}`,
    ja: () => `${ja(hook)} は終了コード ${exitCode} で終了しました${output === '' ? '' : `: ${output}`}`,
  }),
  timedOut: (hook: About & Pick<ResolvedHook, 'timeoutMs'>, { output }: { output: string }): Message => ({
    en: () =>
      `${en(hook)} did not end within ${formatGoDuration(hook.timeoutMs)}; its command may still be running${output === '' ? '' : `: ${output}`}`,
    ja: () =>
      `${ja(hook)} は ${formatGoDuration(hook.timeoutMs)} 以内に終了しませんでした。コマンドがまだ実行中の可能性があります${output === '' ? '' : `: ${output}`}`,
  }),
  givenUp: (hook: About): Message => ({
    en: () => `${en(hook)} was given up because the run was stopped; its command may still be running`,
    ja: () => `${ja(hook)} は、実行の中止により待機を打ち切りました。コマンドがまだ実行中の可能性があります`,
  }),
  notRun: (hook: About, { reason }: { reason: Message }): Message => ({
    en: () => `${en(hook)} could not be run: ${reason.en()}`,
    ja: () => `${ja(hook)} を実行できませんでした: ${reason.ja()}`,
  }),
  reason: ({ text }: { text: string }): Message => ({ en: () => text, ja: () => text }),
  noContainer: ({ container }: { container: string }): Message => ({
    en: () => `the pod has no container ${JSON.stringify(container)} that runs beside the others`,
    ja: () => `Pod に、実行中のコンテナー ${JSON.stringify(container)} はありません`,
  }),
  noContainers: (): Message => ({
    en: () => 'the pod has no containers',
    ja: () => 'Pod にコンテナーがありません',
  }),
  noCommand: (): Message => ({
    en: () => 'its command is empty',
    ja: () => 'コマンドが空です',
  }),
  badTimeout: ({ annotation, value }: { annotation: string; value: string }): Message => ({
    en: () =>
      `annotation ${annotation} is ${quoted(value)}, which is not a duration such as 30s; 30s is used`,
    ja: () =>
      `アノテーション ${annotation} の値 ${quoted(value)} は 30s のような期間ではないため、30s を使用します`,
  }),
  badOnError: ({ annotation, value }: { annotation: string; value: string }): Message => ({
    en: () => `annotation ${annotation} is ${quoted(value)}, neither Fail nor Continue; Fail is used`,
    ja: () =>
      `アノテーション ${annotation} の値 ${quoted(value)} は Fail でも Continue でもないため、Fail を使用します`,
  }),
  specTimeout: ({ field, value }: { field: string; value: string }): Message => ({
    en: () => `${field} is ${quoted(value)}: it must be a duration such as 30s, and not negative`,
    ja: () =>
      `${field} の値 ${quoted(value)} が正しくありません。30s のような、負でない期間を指定してください`,
  }),
  specPattern: ({ field, pattern }: { field: string; pattern: string }): Message => ({
    en: () => `${field}: ${quoted(pattern)} is neither a name nor a pattern of *, ? and [a-z]`,
    ja: () => `${field}: ${quoted(pattern)} は名前でも、*、?、[a-z] によるパターンでもありません`,
  }),
  specSelector: ({ field, reason }: { field: string; reason: Message }): Message => ({
    en: () => `${field}: ${reason.en()}`,
    ja: () => `${field}: ${reason.ja()}`,
  }),
  neverApplies: ({ field }: { field: string }): Message => ({
    en: () => `${field} applies to no pod: hooks run in pods only, and its resources leave pods out`,
    ja: () =>
      `${field} はどの Pod にも適用されません。フックの対象は Pod だけですが、resources に Pod が含まれていません`,
  }),
};

const mostQuoted = 100;

function quoted(value: string): string {
  return JSON.stringify(value.length > mostQuoted ? `${value.slice(0, mostQuoted)}…` : value);
}
