const offset = 0x811c9dc5;
const prime = 0x01000193;

/** FNV-1 of 32 bits (not FNV-1a), as Go's `fnv.New32` computes it: "hello" is 0xb6fa7167. */
export function fnv1(bytes: Uint8Array): number {
  let hash = offset;
  for (const byte of bytes) hash = (Math.imul(hash, prime) ^ byte) >>> 0;
  return hash;
}

/**
 * What the API server of a hosted cluster calls an encryption key, and so what stored values name: the control plane makes it
 * of the key’s bytes (hypershift, control-plane-operator, 4.12 and newer).
 */
export function keyNameOf(key: Uint8Array): string {
  return `key-${fnv1(key)}`;
}
