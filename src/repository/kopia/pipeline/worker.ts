import { Claims } from '../../pipeline/claims.ts';
import type { SharedSetup } from '../../pipeline/engine.ts';
import { PackSlots } from '../../pipeline/pack-slots.ts';
import { workOn } from '../../pipeline/worker-loop.ts';
import type { ContentTable } from '../access/content-table.ts';
import { ContentCompressor } from './content-compressor.ts';
import { ContentStorer } from './content-storer.ts';
import { type FormatSetup, packMaking } from './pack-making.ts';

/** What a worker begins with. */
export interface WorkerSetup extends SharedSetup {
  readonly format: FormatSetup;
  readonly known: ContentTable;
}

workOn<WorkerSetup>(
  ({ setup, calling, complete }) =>
    new ContentStorer({
      making: packMaking(setup.format),
      splitter: setup.format.splitter,
      known: setup.known,
      claims: new Claims(setup.claims, calling),
      slots: new PackSlots(setup.slots, calling),
      compressor: new ContentCompressor(setup.format.indexVersion),
      complete,
    }),
);
