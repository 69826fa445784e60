import { placeOf } from '../../repository/place.ts';
import type { Handler } from '../../spec.ts';
import { refuseOthers } from './dispatch.ts';
import { init } from './specs/init.ts';

/** Nothing is there to find the format out from, so a flag says it. */
export const run: Handler<typeof init> = async (input, context) => {
  const { store, veleroNamespace } = await placeOf(input.flags, context);
  const { format = veleroNamespace === undefined ? 'restic' : 'kopia' } = input.flags;
  refuseOthers(init.flags, input.flags, { format, store });
  const handler = await (format === 'kopia' ? import('./kopia/init.ts') : import('./init-restic.ts'));
  return handler.run(input, context);
};
