import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1 });

/** A storage location as the configuration file keeps it. Secrets stay in `credentialsFile`. */
export const locationSchema = Type.Object(
  {
    /** `file:///path` or `s3://bucket/prefix`. */
    url: Type.String({ pattern: '^(file|s3)://' }),
    /** An AWS credentials file; `~/` is the home directory. */
    credentialsFile: Type.Optional(text),
    /** The profile in that file. */
    profile: Type.Optional(text),
    /** Certificates (PEM) to trust beside the system's. */
    caFile: Type.Optional(text),
    region: Type.Optional(text),
    /** The S3 server's address, where it is not AWS. */
    endpoint: Type.Optional(Type.String({ pattern: '^https?://' })),
    /** Buckets in the path and not in the host name. */
    pathStyle: Type.Optional(Type.Boolean()),
    readOnly: Type.Optional(Type.Boolean()),
  },
  closed,
);

/** Hozon's configuration file. */
export const configSchema = Type.Object(
  {
    language: Type.Optional(Type.Union([Type.Literal('en'), Type.Literal('ja')])),
    /** The namespace of the Velero objects. */
    namespace: Type.Optional(text),
    defaultLocation: Type.Optional(text),
    locations: Type.Optional(Type.Record(Type.String(), locationSchema)),
  },
  closed,
);

export type ConfiguredLocation = Static<typeof locationSchema>;
export type Config = Static<typeof configSchema>;
