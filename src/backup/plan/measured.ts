import type { ArchiveWriter } from '#archive/contents/archive-writer.ts';
import { type GroupResource, groupResource } from '#kube/objects.ts';

/** How many objects of a type would be stored, and how large they are as JSON. Bytes, before compression. */
export interface Measured {
  objects: number;
  bytes: number;
}

export interface MeasuringArchive extends ArchiveWriter {
  readonly types: ReadonlyMap<GroupResource, Measured>;
}

/** An archive that only measures what is put into it. */
export function measuringArchive(): MeasuringArchive {
  const types = new Map<GroupResource, Measured>();
  return {
    types,
    bytes: nothing(),
    async add(type, object) {
      const name = groupResource(type);
      const known = types.get(name) ?? { objects: 0, bytes: 0 };
      known.objects++;
      known.bytes += Buffer.byteLength(JSON.stringify(object));
      types.set(name, known);
    },
    finish: async () => {},
    abort: () => {},
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
