/** How a server is verified, and what a client presents: PEM, as in etcd's `--cacert`, `--cert` and `--key`. */
export interface EtcdTls {
  /** The authorities that are trusted; the system's where it is missing. */
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
  /** The name that the certificate must be for, where it is not the endpoint's host. */
  readonly serverName?: string | undefined;
  /** Believes any certificate, as etcdctl's `--insecure-skip-tls-verify` does. */
  readonly skipVerify?: boolean | undefined;
}

/** Of an etcd with authentication turned on. */
export interface EtcdUser {
  readonly name: string;
  readonly password: string;
}

export interface ConnectOptions {
  /** `https://HOST:PORT`, `http://HOST:PORT`, `HOST:PORT` (TLS where `tls` is given), `unix(s)://PATH`. */
  readonly endpoint: string;
  /** A Unix socket that leads there and is connected to instead: a port forwarded into a pod. Names and errors are the endpoint's. */
  readonly socket?: string | undefined;
  readonly tls?: EtcdTls | undefined;
  readonly user?: EtcdUser | undefined;
  /** Ends the connection, and what is being asked over it. */
  readonly signal?: AbortSignal | undefined;
  /** How long one question may take. 5000 unless given, a hash 300000 at least; a snapshot may take any time while bytes come. */
  readonly timeoutMs?: number | undefined;
  /** How long a snapshot may pause. 300000 unless given. */
  readonly idleMs?: number | undefined;
}

/** What etcd says with every answer. Ids are 16 hexadecimal digits at most, as etcdctl prints them: no leading zeros. */
export interface ResponseHeader {
  readonly clusterId: string;
  readonly memberId: string;
  readonly revision: bigint;
  readonly raftTerm: bigint;
}

export interface MemberStatus {
  readonly header: ResponseHeader;
  /** Of the server: `3.5.21`. */
  readonly version: string;
  /** Of the data, from 3.6 on: `3.6.0`. */
  readonly storageVersion: string | undefined;
  /** Bytes of the file, and of those that are in use. */
  readonly dbSize: bigint;
  readonly dbSizeInUse: bigint;
  /** From 3.6 on. */
  readonly dbSizeQuota: bigint | undefined;
  /** The id of the leader; undefined where there is none. */
  readonly leader: string | undefined;
  readonly raftIndex: bigint;
  readonly raftAppliedIndex: bigint;
  readonly raftTerm: bigint;
  readonly isLearner: boolean;
  /** What the member itself finds wrong: alarms, a missing leader. */
  readonly errors: readonly string[];
}

export interface Member {
  readonly id: string;
  /** Empty until it was started for the first time. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  /** Empty until it was started for the first time. */
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

export interface MemberList {
  readonly header: ResponseHeader;
  readonly members: readonly Member[];
}

export type AlarmKind = 'NOSPACE' | 'CORRUPT' | `UNKNOWN(${number})`;

export interface Alarm {
  readonly memberId: string;
  readonly alarm: AlarmKind;
}

export interface KeyHash {
  readonly header: ResponseHeader;
  readonly hash: number;
  readonly compactRevision: bigint;
  /** The revision that the hash is of; undefined before 3.6, which does not say. */
  readonly hashRevision: bigint | undefined;
}

export interface KeyValue {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly createRevision: bigint;
  readonly modRevision: bigint;
  readonly version: bigint;
  readonly lease: bigint;
}

export interface RangeRequest {
  readonly key: Buffer;
  /** Exclusive; only `key` itself where it is missing, and every key from it on where it is one zero byte. */
  readonly rangeEnd?: Buffer | undefined;
  readonly limit?: number | undefined;
  readonly revision?: bigint | undefined;
  /** Answered by the member alone, without a leader: may be behind. */
  readonly serializable?: boolean | undefined;
  readonly keysOnly?: boolean | undefined;
  readonly countOnly?: boolean | undefined;
}

export interface RangeAnswer {
  readonly header: ResponseHeader;
  readonly keyValues: readonly KeyValue[];
  readonly more: boolean;
  readonly count: bigint;
}

export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * One member of an etcd cluster, over gRPC. Every method fails with an `etcd.*` error that names the endpoint and what
 * was wrong with it.
 */
export interface EtcdConnection extends AsyncDisposable {
  /** As it was given. */
  readonly endpoint: string;
  /** The member's own view; answers without a leader. */
  status(options?: AskOptions): Promise<MemberStatus>;
  /** The members of the cluster as this one knows them, where `linearizable` (on unless given) as the leader does. */
  members(options?: AskOptions & { readonly linearizable?: boolean }): Promise<MemberList>;
  alarms(options?: AskOptions): Promise<readonly Alarm[]>;
  /** The hash over the keys up to `revision` (the newest, 0, unless given): equal at equal revisions of one cluster. */
  hashKv(revision?: bigint, options?: AskOptions): Promise<KeyHash>;
  range(request: RangeRequest, options?: AskOptions): Promise<RangeAnswer>;
  /**
   * Milliseconds that a linearizable read took, which goes through the quorum: what `etcdctl endpoint health` does, for
   * which a denied permission is health too.
   */
  health(options?: AskOptions): Promise<number>;
  /**
   * The member's database, streamed by it with a trailing SHA-256, in pieces of about a MiB. What is not asked for is not taken off
   * the wire, but for some MiB. Ending the iteration ends the stream. Nothing here checks the trailer.
   */
  snapshot(options?: AskOptions): AsyncIterable<Buffer>;
}
