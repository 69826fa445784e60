import { randomBytes } from 'node:crypto';
import type { EngineFormat, SharedSetup } from '../../pipeline/engine.ts';
import type { PackToStore } from '../../pipeline/pack-storing.ts';
import { workerProgram } from '../../trees/walk-thread/walking-thread.ts';
import { packPreamble } from '../format/pack.ts';
import type { Ledger } from '../writing/ledger.ts';
import { replicaOf } from '../writing/open-pack.ts';
import type { WritableKopia } from '../writing/writable.ts';
import { type FormatSetup, packMaking } from './pack-making.ts';
import { entriesOf, finishPack, packLayout } from './packs.ts';
import { type StorerSetup, storerOf } from './storer-of.ts';

/** What kopia's format brings along for the pipeline. */
export async function kopiaFormat(
  repository: WritableKopia,
  { ledger, session }: { readonly ledger: Ledger; readonly session: SharedArrayBuffer },
): Promise<EngineFormat> {
  const { format, index, sealer } = repository;
  const replica = await replicaOf(repository);
  const start = packPreamble(size => Buffer.alloc(size), replica).length;
  const setup = formatSetup(repository, { replica, session });
  const making = packMaking(setup);
  const begin = (shared: SharedSetup): StorerSetup => ({ ...shared, format: setup, known: index.shared() });
  return {
    layout: packLayout(format, { start, overhead: sealer.overhead }),
    program: workerProgram(import.meta.url, './worker.ts', 'kopia-content-worker'),
    setup: begin,
    storer: (shared, calling, complete) => storerOf(begin(shared), calling, complete),
    begin: signal => repository.blobs.begin(`p${randomBytes(16).toString('hex')}`, { signal }),
    finish: (slots, slot, kind) => finishPack(making, slots, { slot, kind }),
    store: (pack, signal) => storePack(repository, ledger, { pack, signal }),
  };
}

function formatSetup(
  { format }: WritableKopia,
  shared: Pick<FormatSetup, 'replica' | 'session'>,
): FormatSetup {
  const { hash, encryption, ecc, eccOverheadPercent, splitter, version } = format;
  const { indexVersion, secret, masterKey } = format;
  return {
    hash,
    encryption,
    ecc,
    eccOverheadPercent,
    splitter,
    version,
    indexVersion,
    secret,
    masterKey,
    ...shared,
  };
}

async function storePack(
  { blobs, format }: WritableKopia,
  ledger: Ledger,
  { pack, signal }: { readonly pack: PackToStore; readonly signal: AbortSignal },
): Promise<void> {
  const entries = entriesOf(pack.contents, { pack: pack.id, making: format });
  await blobs.put(pack.id, pack.body, { signal });
  pack.release();
  ledger.stored(entries.map(entry => ({ ...entry, timestamp: ledger.timeFor(entry.id) })));
  if (ledger.isDue) await ledger.commit({ signal, goOn: true });
}
