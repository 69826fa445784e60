import { formatBytes } from '#foundation/format.ts';
import { say } from '#foundation/language.ts';
import { textAt, valueAt } from '#kube/fields.ts';
import { parseQuantity } from '#kube/quantity.ts';
import type { HostedCluster } from '../hosted-cluster.ts';
import { blocking, type RestoreFinding, warning } from './finding.ts';

/** What a member of etcd gives its log when it starts. Bytes. */
const log = 64_000_000;
/** Of a HostedCluster that does not say. */
const usualSize = '8Gi';
const billion = 1_000_000_000n;

/** Whether the volumes of the members hold a snapshot of so many bytes: the database, its log, and the copy that it is made from. */
export function judgeVolume({ object }: Pick<HostedCluster, 'object'>, snapshot: number): RestoreFinding[] {
  const path = ['spec', 'etcd', 'managed', 'storage', 'persistentVolume', 'size'] as const;
  const written = textAt(object, ...path) ?? numberText(valueAt(object, ...path)) ?? usualSize;
  const quantity = parseQuantity(written);
  if (quantity === undefined) return [warning('volume-size', texts.unreadable(written))];
  const volume = Number(quantity / billion);
  if (volume < snapshot + log) return [blocking('volume-small', texts.small(written, snapshot + log))];
  if (volume < 2 * snapshot + log) return [warning('volume-tight', texts.tight(written, 2 * snapshot + log))];
  return [];
}

function numberText(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : undefined;
}

const texts = {
  unreadable: (size: string) =>
    say(
      `the size of the volumes of etcd cannot be read: ${size}`,
      `etcd のボリュームサイズを読み取れません: ${size}`,
    ),
  small: (size: string, needed: number) =>
    say(
      `the volumes of etcd (${size}) cannot hold the snapshot: it takes ${formatBytes(needed)}, with the log. Raise spec.etcd.managed.storage.persistentVolume.size`,
      `etcd のボリューム (${size}) にスナップショットが収まりません (ログを含めて ${formatBytes(needed)} 必要です)。spec.etcd.managed.storage.persistentVolume.size を大きくしてください`,
    ),
  tight: (size: string, needed: number) =>
    say(
      `the volumes of etcd (${size}) may be too small: releases that restore beside the data need ${formatBytes(needed)}`,
      `etcd のボリューム (${size}) が不足する可能性があります。データと別の場所に復元するリリースでは ${formatBytes(needed)} 必要です`,
    ),
};
