/**
 * The name of an AES key in the encryption configuration of a hosted cluster: `key-` and the FNV-1 hash (32 bits) of its
 * bytes in decimal. Stored values bear it: `k8s:enc:aescbc:v1:key-N:`.
 */
export function aesKeyName(key: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of key) hash = (Math.imul(hash, 0x01000193) ^ byte) >>> 0;
  return `key-${hash}`;
}

/** The configuration of a hosted API server: Secrets, and nothing else, are written with the first key and read with any. */
export function encryptionConfiguration(keys: readonly Uint8Array[]): object {
  const named = keys.map(key => ({ name: aesKeyName(key), secret: Buffer.from(key).toString('base64') }));
  return {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [{ resources: ['secrets'], providers: [{ aescbc: { keys: named } }, { identity: {} }] }],
  };
}
