import type { Message } from '#foundation/language.ts';
import { say } from '../../spec.ts';

interface Added {
  readonly name: string;
  readonly path: string;
  readonly isDefault: boolean;
}

/** What the location commands say. */
export const locationTexts = {
  added: (p: Added): Message =>
    p.isDefault
      ? say(
          `Location "${p.name}" is kept in ${p.path} and is the default.`,
          `ストレージの場所 "${p.name}" を既定の場所として ${p.path} に登録しました。`,
        )
      : say(
          `Location "${p.name}" is kept in ${p.path}.`,
          `ストレージの場所 "${p.name}" を ${p.path} に登録しました。`,
        ),
  removed: (p: { name: string; wasDefault: boolean }): Message =>
    p.wasDefault
      ? say(
          `Location "${p.name}" is forgotten; what is stored there stays. There is no default now: run "hozon location default NAME".`,
          `ストレージの場所 "${p.name}" の登録を解除しました。保存済みのデータは残っています。既定の場所がなくなりました。"hozon location default NAME" で設定してください。`,
        )
      : say(
          `Location "${p.name}" is forgotten; what is stored there stays.`,
          `ストレージの場所 "${p.name}" の登録を解除しました。保存済みのデータは残っています。`,
        ),
  defaulted: (p: { name: string }): Message =>
    say(`Location "${p.name}" is the default.`, `ストレージの場所 "${p.name}" を既定にしました。`),
  none: say(
    'No location is configured or found in the cluster. Keep one with "hozon location add NAME URL".',
    'ストレージの場所は設定されておらず、クラスターにも見つかりません。"hozon location add NAME URL" で登録してください。',
  ),
  fromConfig: say('configuration', '設定ファイル'),
  fromCluster: say('cluster', 'クラスター'),
  foreign: (p: { names: readonly string[] }): Message =>
    say(
      `Velero calls a location invalid that holds other directories than its own: ${p.names.join(', ')}. Give Hozon a prefix of its own if Velero uses this location.`,
      `Velero は、自身のもの以外のディレクトリーがある場所を無効と判断します: ${p.names.join(', ')}。Velero と共用する場合は、専用のプレフィックスを指定してください。`,
    ),
  notExclusive: say(
    'This store ignores the condition of a conditional write. Never run two backups of the same name into it at the same time.',
    'このストレージは条件付き書き込みの条件を無視します。同じ名前のバックアップを同時に実行しないでください。',
  ),
  clusterSkipped: (reason: Message): Message =>
    say(
      `Note: the cluster's locations are not shown: ${reason.en()}`,
      `注: クラスターの場所は表示されていません: ${reason.ja()}`,
    ),
};
