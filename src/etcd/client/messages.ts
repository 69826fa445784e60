import type {
  Alarm,
  AlarmKind,
  KeyHash,
  KeyValue,
  Member,
  MemberList,
  MemberStatus,
  RangeAnswer,
  RangeRequest,
  ResponseHeader,
} from './connection.ts';
import { Fields } from './fields.ts';
import { writeMessage } from './protobuf-writer.ts';
import { blobOf } from './snapshot-blob.ts';

/**
 * A method of etcd's gRPC services: its path, how its request is written and its answer read. The numbers of the fields
 * are those of etcd's `api/etcdserverpb/rpc.proto`.
 */
export interface Method<Request, Answer> {
  readonly path: string;
  readonly write: (request: Request) => Buffer;
  readonly read: (message: Buffer) => Answer;
}

export const statusMethod: Method<undefined, MemberStatus> = {
  path: '/etcdserverpb.Maintenance/Status',
  write: () => writeMessage({}),
  read: message => {
    const fields = new Fields(message);
    return {
      header: headerOf(fields),
      version: fields.text(2),
      storageVersion: fields.text(11) || undefined,
      dbSize: fields.signed(3),
      dbSizeInUse: fields.signed(9),
      dbSizeQuota: fields.signed(12) || undefined,
      leader: fields.unsigned(4) === 0n ? undefined : idText(fields.unsigned(4)),
      raftIndex: fields.unsigned(5),
      raftTerm: fields.unsigned(6),
      raftAppliedIndex: fields.unsigned(7),
      isLearner: fields.flag(10),
      errors: fields.texts(8),
    };
  },
};

export const memberListMethod: Method<{ readonly linearizable: boolean }, MemberList> = {
  path: '/etcdserverpb.Cluster/MemberList',
  write: ({ linearizable }) => writeMessage({ 1: linearizable }),
  read: message => {
    const fields = new Fields(message);
    return { header: headerOf(fields), members: fields.messages(2).map(memberOf) };
  },
};

/** Action 0 is to list them, of every member. */
export const alarmsMethod: Method<undefined, readonly Alarm[]> = {
  path: '/etcdserverpb.Maintenance/Alarm',
  write: () => writeMessage({}),
  read: message =>
    new Fields(message).messages(2).map(each => ({
      memberId: idText(each.unsigned(1)),
      alarm: alarmKind(Number(each.unsigned(2))),
    })),
};

export const hashKvMethod: Method<{ readonly revision: bigint }, KeyHash> = {
  path: '/etcdserverpb.Maintenance/HashKV',
  write: ({ revision }) => writeMessage({ 1: revision }),
  read: message => {
    const fields = new Fields(message);
    return {
      header: headerOf(fields),
      hash: Number(fields.unsigned(2)),
      compactRevision: fields.signed(3),
      hashRevision: fields.signed(4) || undefined,
    };
  },
};

export const rangeMethod: Method<RangeRequest, RangeAnswer> = {
  path: '/etcdserverpb.KV/Range',
  write: request =>
    writeMessage({
      1: request.key,
      2: request.rangeEnd,
      3: request.limit,
      4: request.revision,
      7: request.serializable,
      8: request.keysOnly,
      9: request.countOnly,
    }),
  read: message => {
    const fields = new Fields(message);
    return {
      header: headerOf(fields),
      keyValues: fields.messages(2).map(keyValueOf),
      more: fields.flag(3),
      count: fields.signed(4),
    };
  },
};

/** Each answer is a piece of the database; the last one holds its SHA-256. */
export const snapshotMethod: Method<undefined, Buffer> = {
  path: '/etcdserverpb.Maintenance/Snapshot',
  write: () => writeMessage({}),
  read: blobOf,
};

/** Answers with the token that later questions carry. */
export const authenticateMethod: Method<{ readonly name: string; readonly password: string }, string> = {
  path: '/etcdserverpb.Auth/Authenticate',
  write: ({ name, password }) => writeMessage({ 1: name, 2: password }),
  read: message => new Fields(message).text(2),
};

/** As etcdctl prints ids. */
export function idText(id: bigint): string {
  return id.toString(16);
}

function headerOf(answer: Fields): ResponseHeader {
  const header = answer.message(1);
  return {
    clusterId: idText(header.unsigned(1)),
    memberId: idText(header.unsigned(2)),
    revision: header.signed(3),
    raftTerm: header.unsigned(4),
  };
}

function memberOf(fields: Fields): Member {
  return {
    id: idText(fields.unsigned(1)),
    name: fields.text(2),
    peerUrls: fields.texts(3),
    clientUrls: fields.texts(4),
    isLearner: fields.flag(5),
  };
}

function keyValueOf(fields: Fields): KeyValue {
  return {
    key: fields.bytes(1),
    createRevision: fields.signed(2),
    modRevision: fields.signed(3),
    version: fields.signed(4),
    value: fields.bytes(5),
    lease: fields.signed(6),
  };
}

function alarmKind(number: number): AlarmKind {
  if (number === 1) return 'NOSPACE';
  return number === 2 ? 'CORRUPT' : `UNKNOWN(${number})`;
}
