import { formatGoDuration } from '#foundation/duration.ts';
import type { Message } from '#foundation/language.ts';
import type { ExecHook } from './hook.ts';

/** Which hook a text is about; the pod is the subject of the finding. */
type About = Pick<ExecHook, 'name' | 'container'>;

const en = ({ name, container }: About): string => `restore hook ${name} in container ${container}`;
const ja = ({ name, container }: About): string => `コンテナー ${container} の復元フック ${name}`;
const after = (output: string): string => (output === '' ? '' : `: ${output}`);

/** Why a hook was not run, or how it went wrong, in logs and results. */
export const hookTexts = {
  exited: (hook: About, { exitCode, output }: { exitCode: number; output: string }): Message => ({
    en: () => `${en(hook)} ended with exit code ${exitCode}${after(output)}`,
    ja: () => `${ja(hook)} は終了コード ${exitCode} で終了しました${after(output)}`,
  }),
  timedOut: (hook: About & Pick<ExecHook, 'timeoutMs'>, { output }: { output: string }): Message => ({
    en: () =>
      `${en(hook)} did not end within ${formatGoDuration(hook.timeoutMs)}; its command may still be running${after(output)}`,
    ja: () =>
      `${ja(hook)} は ${formatGoDuration(hook.timeoutMs)} 以内に終了しませんでした。コマンドがまだ実行中の可能性があります${after(output)}`,
  }),
  givenUp: (hook: About): Message => ({
    en: () => `${en(hook)} was given up because the restore was stopped; its command may still be running`,
    ja: () => `${ja(hook)} は、復元の中止により待機を打ち切りました。コマンドがまだ実行中の可能性があります`,
  }),
  notRun: (hook: About, reason: Message): Message => ({
    en: () => `${en(hook)} was not run: ${reason.en()}`,
    ja: () => `${ja(hook)} を実行していません: ${reason.ja()}`,
  }),
  reason: (text: string): Message => ({ en: () => text, ja: () => text }),
  notUp: ({ waitForReady }: Pick<ExecHook, 'waitForReady'>, waitedMs: number): Message => ({
    en: () =>
      `its container was not ${waitForReady ? 'ready' : 'running'} within ${formatGoDuration(waitedMs)}`,
    ja: () =>
      `${formatGoDuration(waitedMs)} 以内にコンテナーが${waitForReady ? '準備完了になり' : '実行され'}ませんでした`,
  }),
  podEnded: (): Message => ({
    en: () => 'the pod ended before',
    ja: () => 'その前に Pod が終了しました',
  }),
  podGone: (): Message => ({
    en: () => 'the pod was deleted before',
    ja: () => 'その前に Pod が削除されました',
  }),
  otherFailed: (): Message => ({
    en: () => 'a hook of the pod had failed before',
    ja: () => 'この Pod の別のフックが先に失敗しました',
  }),
  noContainer: (container: string): Message => ({
    en: () => `the pod has no container ${JSON.stringify(container)} that runs beside the others`,
    ja: () => `Pod に、実行中のコンテナー ${JSON.stringify(container)} はありません`,
  }),
  badValue: ({ annotation, value }: { annotation: string; value: string }, used: string): Message => ({
    en: () => `annotation ${annotation} is ${quoted(value)}, which makes no sense there; ${used} is used`,
    ja: () => `アノテーション ${annotation} の値 ${quoted(value)} は正しくないため、${used} を使用します`,
  }),
};

const mostQuoted = 100;

function quoted(value: string): string {
  return JSON.stringify(value.length > mostQuoted ? `${value.slice(0, mostQuoted)}…` : value);
}
