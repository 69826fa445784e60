/** Of `SnapshotResponse` in etcd's `api/etcdserverpb/rpc.proto`. */
const blobNumber = 3;

const nothing: Buffer = Buffer.alloc(0);

/**
 * The piece of the database in an answer of `Maintenance/Snapshot`: a view. A large database comes in tens of thousands of answers, so
 * this reads them without making anything else.
 *
 * @throws a plain Error for what is no protobuf message
 */
export function blobOf(message: Buffer): Buffer {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1, turn = 0; turn < 10; factor *= 128, turn++) {
      const byte = message[at++];
      if (byte === undefined) break;
      value += (byte & 127) * factor; // beyond 2^53 not exact, and no length then
      if (byte < 128) return value;
    }
    throw noMessage();
  };
  const lengthOf = (type: number): number => {
    if (type === 2) return varint();
    if (type === 1) return 8;
    if (type === 5) return 4;
    throw noMessage();
  };
  let blob: Buffer = nothing;
  while (at < message.length) {
    const tag = varint();
    const [number, type] = [Math.floor(tag / 8), tag % 8];
    if (number === 0 || number >= 2 ** 29) throw noMessage();
    if (type === 0) varint();
    else {
      const length = lengthOf(type);
      if (length > message.length - at) throw noMessage();
      if (number === blobNumber) blob = type === 2 ? message.subarray(at, at + length) : nothing;
      at += length;
    }
  }
  return blob;
}

function noMessage(): Error {
  return new Error('the answer is not a protobuf message');
}
