import { contentHasher } from '../format/hashing.ts';
import type { RepositoryFormat } from '../format/repository-format.ts';
import { contentSealer } from '../format/sealing.ts';
import type { PackMaking } from './packs.ts';
import { SessionCell } from './session-cell.ts';

/** What a thread needs to know of the repository's format. */
export interface FormatSetup
  extends Pick<
    RepositoryFormat,
    'hash' | 'encryption' | 'ecc' | 'eccOverheadPercent' | 'splitter' | 'version'
  > {
  readonly indexVersion: 1 | 2;
  readonly secret: Uint8Array;
  readonly masterKey: Uint8Array;
  readonly replica: Uint8Array | undefined;
  /** Memory of a {@link SessionCell}. */
  readonly session: SharedArrayBuffer;
}

/** What a thread makes packs with, of what it was told of the format. */
export function packMaking(setup: FormatSetup): PackMaking {
  const [secret, masterKey] = [Buffer.from(setup.secret), Buffer.from(setup.masterKey)];
  const hash = contentHasher({ ...setup, secret });
  const sealer = contentSealer({ ...setup, masterKey });
  if (hash === undefined || sealer === undefined) throw new Error('an open repository has a known format');
  const cell = new SessionCell(setup.session);
  const { indexVersion, version, replica } = setup;
  return { hash, sealer, indexVersion, version, replica, session: () => cell.value };
}
