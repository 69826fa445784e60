import { type Message, say } from '#foundation/language.ts';

/** What is said of data that was meant to be captured and is not. */

export const dataNotCaptured = (volume: string): Message =>
  say(
    `the data of volume ${volume} is not in the backup: this version does not capture volume data`,
    `ボリューム ${volume} のデータはバックアップに含まれていません。このバージョンはボリュームデータの取得に対応していません`,
  );

export const podVolumeNotCaptured = (volume: string): Message =>
  say(
    `the data of the pod's volume ${volume} is not in the backup: this version does not capture volume data`,
    `Pod のボリューム ${volume} のデータはバックアップに含まれていません。このバージョンはボリュームデータの取得に対応していません`,
  );

export const imagesNotCaptured = (tags: readonly string[]): Message =>
  say(
    `the images of these tags are in the cluster's own registry and not in the backup: ${tags.join(', ')}`,
    `次のタグのイメージはクラスターの内部レジストリーにあり、バックアップに含まれていません: ${tags.join('、')}`,
  );

export const notSupported = (field: string): Message =>
  say(
    `spec.${field} has no effect: this version does not capture volume data`,
    `spec.${field} は適用されません。このバージョンはボリュームデータの取得に対応していません`,
  );
