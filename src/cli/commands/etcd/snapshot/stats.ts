import { readUsage } from '#etcd/objects/usage.ts';
import { Records } from '#etcd/snapshot/records.ts';
import { formatBytes } from '#foundation/format.ts';
import { description, type Field } from '../../../output/outcome.ts';
import { type Handler, say } from '../../../spec.ts';
import { objectsIn, openSnapshot } from './open.ts';
import type { stats } from './specs.ts';

export const run: Handler<typeof stats> = async ({ args: [file = ''], flags }, context) => {
  const { signal } = context;
  const bolt = await openSnapshot(file, context);
  const reader = await objectsIn(bolt, flags, context);
  const usage = await readUsage(reader, new Records(bolt), { signal });
  const fields: Field[] = [
    { label: say('File', 'ファイル'), value: bolt.path },
    { label: say('Database', 'データベース'), value: formatBytes(bolt.meta.pages * bolt.meta.pageSize) },
    { label: say('Changes', '変更履歴'), value: formatBytes(usage.changes) },
    {
      label: say('Objects', 'オブジェクト'),
      fields: usage.types.map(({ type, objects, bytes }) => ({
        label: type,
        value: `${objects}  ${formatBytes(bytes)}`,
      })),
    },
    {
      label: say('Volumes', 'ボリューム'),
      lines: usage.volumes.map(({ volume, namespace, claim, isThere }) => ({
        text: isThere
          ? `${volume}  ${namespace}/${claim}`
          : say(
              `${volume}  ${namespace}/${claim}  (its PersistentVolume is not in the snapshot)`,
              `${volume}  ${namespace}/${claim}  (PersistentVolume はスナップショットにありません)`,
            ),
        tone: isThere ? 'strong' : 'warn',
      })),
    },
  ];
  return description({ name: bolt.path, data: { file: bolt.path, ...usage }, text: fields });
};
