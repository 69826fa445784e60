import { stringify } from 'yaml';
import { raise } from '#etcd/errors.ts';
import { formatKey, groupResource } from '#kube/objects.ts';
import { byteStream } from '../../../output/outcome.ts';
import type { Handler } from '../../../spec.ts';
import { openObjects, typeIn } from './open.ts';
import type { get } from './specs.ts';

export const run: Handler<typeof get> = async (
  { args: [file = '', word = '', name = ''], flags },
  context,
) => {
  const { signal, globals } = context;
  const reader = await openObjects(file, flags, context);
  const type = await typeIn(reader, word, signal);
  const { namespace } = flags;
  const object = await reader.get(type, { namespace, name }, { signal });
  if (object === undefined) {
    const key = formatKey({ namespace, name });
    throw raise['object-not-found']({ file: reader.source, type: groupResource(type), key });
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
