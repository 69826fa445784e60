const [prime1, prime2, prime3, prime4, prime5] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1];

/** xxHash of 32 bits with the seed 0 (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md). */
export function xxh32(bytes: Buffer): number {
  let at = 0;
  let hash = prime5;
  if (bytes.length >= 16) {
    const lanes = new Int32Array([prime1 + prime2, prime2, 0, -prime1]);
    for (; at + 16 <= bytes.length; at += 16) {
      for (let lane = 0; lane < 4; lane++) {
        const mixed = (lanes[lane] ?? 0) + Math.imul(bytes.readInt32LE(at + 4 * lane), prime2);
        lanes[lane] = Math.imul(turn(mixed, 13), prime1);
      }
    }
    const [a = 0, b = 0, c = 0, d = 0] = lanes;
    hash = turn(a, 1) + turn(b, 7) + turn(c, 12) + turn(d, 18);
  }
  hash = (hash + bytes.length) | 0;
  for (; at + 4 <= bytes.length; at += 4) {
    hash = Math.imul(turn(hash + Math.imul(bytes.readInt32LE(at), prime3), 17), prime4);
  }
  for (; at < bytes.length; at++) {
    hash = Math.imul(turn(hash + Math.imul(bytes.readUInt8(at), prime5), 11), prime1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), prime2);
  hash = Math.imul(hash ^ (hash >>> 13), prime3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function turn(value: number, bits: number): number {
  return (value << bits) | ((value | 0) >>> (32 - bits));
}
