import { Claims } from '../../pipeline/claims.ts';
import type { SharedSetup } from '../../pipeline/engine.ts';
import { type CompletePack, PackSlots } from '../../pipeline/pack-slots.ts';
import type { Calling } from '../../pipeline/shared-lock.ts';
import type { ContentTable } from '../access/content-table.ts';
import { ContentCompressor } from './content-compressor.ts';
import { ContentStorer } from './content-storer.ts';
import { type FormatSetup, packMaking } from './pack-making.ts';

/** What a thread that stores contents begins with. */
export interface StorerSetup extends SharedSetup {
  readonly format: FormatSetup;
  readonly known: ContentTable;
}

/** What stores contents in this thread. */
export function storerOf(
  setup: StorerSetup,
  calling: Calling,
  complete: (pack: CompletePack) => void,
): ContentStorer {
  return new ContentStorer({
    making: packMaking(setup.format),
    splitter: setup.format.splitter,
    known: setup.known,
    claims: new Claims(setup.claims, calling),
    slots: new PackSlots(setup.slots, calling),
    compressor: new ContentCompressor(setup.format.indexVersion),
    complete,
  });
}
