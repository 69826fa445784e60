import { loadIndex } from '#repository/restic/access/indexed.ts';
import { type OpenRepository, openRestic } from '#repository/restic/access/open.ts';
import { idOf } from '#repository/restic/format/ids.ts';
import { writeIndex } from '#repository/restic/format/index-file.ts';
import { type BlobType, type PackedBlob, writeHeader } from '#repository/restic/format/pack.ts';
import { seal } from '#repository/restic/sealing/seal.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { MemoryStore } from './memory-store.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';

/**
 * A repository whose files say whatever a test wants them to, sealed with the right key and named by the right checksums: what
 * somebody who knows the password could have written.
 */
export class CraftedRepository {
  readonly opened: OpenRepository;

  constructor(opened: OpenRepository) {
    this.opened = opened;
  }

  /** A new one, in a location that holds nothing. */
  static async in(store: ObjectStore = new MemoryStore()): Promise<CraftedRepository> {
    await makeQuickRepository(store);
    return new CraftedRepository(await openRestic(store, { password: Buffer.from(quickPassword) }));
  }

  /** Stores blobs as a pack, and an index that names them; their ids. */
  async blobs(type: BlobType, contents: readonly Uint8Array[]): Promise<string[]> {
    const { key, store } = this.opened;
    let offset = 0;
    const sealed = contents.map(content => seal(key, content));
    const blobs: PackedBlob[] = contents.map((content, at) => {
      const length = sealed[at]?.length ?? 0;
      offset += length;
      return { id: idOf(content), type, offset: offset - length, length, uncompressed: 0 };
    });
    const pack = Buffer.concat([...sealed, writeHeader(key, blobs)]);
    const id = idOf(pack);
    await store.put(`data/${id.slice(0, 2)}/${id}`, pack);
    await this.document('index', writeIndex([{ id, blobs }]));
    return blobs.map(blob => blob.id);
  }

  /** Stores a tree that has these nodes, valid or not; its id. */
  async tree(nodes: readonly unknown[]): Promise<string> {
    const [id = ''] = await this.blobs('tree', [Buffer.from(`${JSON.stringify({ nodes })}\n`)]);
    return id;
  }

  /** Stores a sealed file; its id. */
  async document(folder: 'index' | 'snapshots' | 'locks', plain: Uint8Array): Promise<string> {
    const bytes = seal(this.opened.key, plain);
    await this.opened.store.put(`${folder}/${idOf(bytes)}`, bytes);
    return idOf(bytes);
  }

  /** Stores a snapshot of a tree; its id. */
  async snapshot(tree: string): Promise<string> {
    const document = { time: '2026-01-02T03:04:05Z', tree, paths: ['/'], hostname: 'here' };
    return this.document('snapshots', Buffer.from(JSON.stringify(document)));
  }
}

/** The repository with its index, by the password that all quick ones have. */
export async function openQuick(store: ObjectStore): ReturnType<typeof loadIndex> {
  return loadIndex(await openRestic(store, { password: Buffer.from(quickPassword) }));
}
