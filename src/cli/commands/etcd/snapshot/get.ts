import { stringify } from 'yaml';
import { raise } from '#etcd/errors.ts';
import { findNamesakes } from '#etcd/objects/find-object.ts';
import { Records } from '#etcd/snapshot/records.ts';
import { formatKey, groupResource } from '#kube/objects.ts';
import { byteStream } from '../../../output/outcome.ts';
import type { Handler } from '../../../spec.ts';
import { openSnapshot, typeAmong, valuesIn } from './open.ts';
import type { get } from './specs.ts';

export const run: Handler<typeof get> = async (
  { args: [file = '', word = '', name = ''], flags },
  context,
) => {
  const { signal, progress, globals } = context;
  const { namespace, revision } = flags;
  const bolt = await openSnapshot(file, context);
  const values = await valuesIn(flags, context);
  const request = { ...values, namespace, name, revision, signal, progress };
  const found = await findNamesakes(new Records(bolt), request);
  const type = typeAmong(found.types, word, bolt.path);
  const object = found.of(type);
  if (object === undefined) {
    const key = formatKey({ namespace, name });
    throw raise['object-not-found']({ file: bolt.path, type: groupResource(type), key });
  }
  const text =
    globals.output === 'json'
      ? `${JSON.stringify(object, undefined, 2)}\n`
      : stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 });
  return byteStream(once(Buffer.from(text)));
};

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
