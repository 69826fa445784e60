/** The algorithms that a put can be checked with; the empty text switches the check off. */
export const checksumAlgorithms = ['CRC32', 'CRC32C', 'SHA1', 'SHA256', ''] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** An S3 location: what to talk to, as whom, and how objects are to be stored. */
export interface S3Settings {
  readonly bucket: string;
  /** Of all keys, without `/` at its ends; empty for the whole bucket. */
  readonly prefix: string;
  readonly region?: string | undefined;
  /** The server's URL; absent: AWS's own for the region. */
  readonly endpoint?: string | undefined;
  /** The URL that presigned URLs name, where others reach the server by another one. */
  readonly publicEndpoint?: string | undefined;
  /** The bucket in the path, not in the host name. */
  readonly pathStyle?: boolean | undefined;
  /** The profile to take from the credentials; `default` unless told. */
  readonly profile?: string | undefined;
  /** The path of a file in the format of AWS's shared credentials file. */
  readonly credentialsFile?: string | undefined;
  /** The content of such a file, out of a Secret. Without both, the SDK's default chain is used. */
  readonly credentials?: string | undefined;
  /** Certificates in PEM that are trusted besides the system's. */
  readonly ca?: string | undefined;
  /** The path of a file of such certificates. */
  readonly caFile?: string | undefined;
  readonly insecureSkipVerify?: boolean | undefined;
  /** `AES256` or `aws:kms`. */
  readonly serverSideEncryption?: string | undefined;
  readonly kmsKeyId?: string | undefined;
  /** The path of a file with the 32 bytes of a key that the server encrypts with and does not keep (SSE-C). */
  readonly customerKeyFile?: string | undefined;
  /** The 32 bytes themselves, out of a Secret. */
  readonly customerKey?: Uint8Array | undefined;
  /** Tags of every object, as `k=v&k=v`. */
  readonly tagging?: string | undefined;
  /** CRC32 unless told. */
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  /** Milliseconds without a byte moving after which a request counts as failed; 60 s unless told. */
  readonly stallTimeout?: number | undefined;
}
