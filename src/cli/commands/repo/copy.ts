import { placeOf } from '../../repository/place.ts';
import type { Handler } from '../../spec.ts';
import { formatOf } from './detect.ts';
import { refuseOthers } from './dispatch.ts';
import { otherSide } from './from.ts';
import { copy } from './specs/copying.ts';

/** Between two repositories of restic's, blobs are copied as they are; between any others, trees of files are. */
export const run: Handler<typeof copy> = async ({ args, flags }, context) => {
  const other = otherSide(flags, context);
  const from = await placeOf(other.flags, other.context);
  const to = await placeOf(flags, context);
  const formats = {
    from: await formatOf(from.store, context),
    to: await formatOf(to.store, context),
  };
  if (formats.from === formats.to) {
    refuseOthers(copy.flags, flags, { format: formats.to, store: to.store });
  }
  const blobs = formats.from === 'restic' && formats.to === 'restic';
  const { copyAs } = await (blobs ? import('./copy-restic.ts') : import('./copy-any.ts'));
  return copyAs({ ids: args, flags, context, other, formats });
};
