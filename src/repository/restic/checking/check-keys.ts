import type { StoreOptions } from '#storage/object-store.ts';
import { readAll } from '#storage/read-all.ts';
import type { CheckFinding } from '../../checking/check-finding.ts';
import { Fault } from '../../format/fault.ts';
import { isDamage } from '../access/blobs.ts';
import { idsIn, keyOf, naming } from '../access/files.ts';
import type { OpenRepository } from '../access/open.ts';
import { idOf } from '../format/ids.ts';
import { keyFileLimit, parseKeyFile } from '../format/key-file.ts';
import { reasons } from '../format/reasons.ts';

/** Every key file that is not what it was: its password opens nothing any more. Whether others open it cannot be seen. */
export async function* damagedKeys(
  { store }: OpenRepository,
  options: StoreOptions,
): AsyncGenerator<CheckFinding> {
  for await (const { id } of idsIn(store, 'keys', options)) {
    const file = keyOf('keys', id);
    try {
      await naming(store, file, async () => {
        const bytes = await readAll(store, file, { ...options, limit: keyFileLimit });
        if (idOf(bytes) !== id) throw new Fault(reasons.otherBytes);
        parseKeyFile(bytes);
      });
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      yield { kind: 'file', file, text: { en: () => thrown.explain('en'), ja: () => thrown.explain('ja') } };
    }
  }
}
