import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { crc32c } from '#foundation/crc32c.ts';
import { remoteErrors } from '#remote/errors.ts';
import { writeMessage } from '../client/protobuf-writer.ts';
import type { DataDirectory } from './data-directory.ts';
import { readSnapFile, readWalFile } from './raft-files.ts';
import { readV2Data, v2DataByVersions } from './v2-data.ts';

function snapFile(index: bigint, keys: object): Buffer {
  const children = { '0': { Path: '/0', Children: { members: {} } }, '1': { Path: '/1', Children: keys } };
  const store = JSON.stringify({ Root: { Path: '/', Children: children }, CurrentIndex: 9 });
  const data = writeMessage({ 1: store, 2: writeMessage({ 2: index }) });
  return writeMessage({ 1: BigInt(crc32c(data)), 2: data });
}

function walFile(entries: readonly { index: bigint; data: Buffer }[]): Buffer {
  const frames = entries.map(({ index, data }) => {
    const record = writeMessage({ 1: 2, 2: 1, 3: writeMessage({ 3: index, 4: data }) });
    const padding = (8 - (record.length % 8)) % 8;
    const head = Buffer.alloc(8);
    head.writeBigUInt64LE(BigInt(record.length) | (padding === 0 ? 0n : BigInt(0x80 | padding) << 56n));
    return Buffer.concat([head, record, Buffer.alloc(padding)]);
  });
  return Buffer.concat([...frames, Buffer.alloc(64)]);
}

const put = (path: string) => writeMessage({ 1: 7, 2: 'PUT', 3: path, 4: 'value' });
const wrapped = (path: string) => writeMessage({ 1: 7, 2: put(path) });
const ofVersion3 = writeMessage({
  4: writeMessage({ 1: '/registry/x', 2: 'PUT' }),
  100: writeMessage({ 1: 7 }),
});

function directory(files: Readonly<Record<string, Buffer>>): DataDirectory {
  return {
    names: async path =>
      Object.keys(files).flatMap(file => (file.startsWith(`${path}/`) ? file.slice(path.length + 1) : [])),
    read: async path => files[path] ?? assert.fail(path),
  };
}

const gone = (path: string) => remoteErrors.raise['file-missing']({ host: 'm0', path });
const snap = (index: string) => `member/snap/0000000000000002-${index.padStart(16, '0')}.snap`;
const wal = (number: number, index: number) =>
  `member/wal/${[number, index].map(each => each.toString(16).padStart(16, '0')).join('-')}.wal`;

describe('data of API 2 in a data directory', () => {
  const found = async (files: Readonly<Record<string, Buffer>>) =>
    (await readV2Data(directory(files))).v2Data;

  it('is what the store holds beside the membership', async () => {
    assert.equal(await found({ [snap('a')]: snapFile(10n, {}) }), 'absent');
    assert.equal(await found({ [snap('a')]: snapFile(10n, { x: {} }) }), 'present');
    const newer = { [snap('a')]: snapFile(10n, { x: {} }), [snap('b')]: snapFile(11n, {}) };
    assert.equal(await found(newer), 'absent');
    const damaged = Buffer.from(snapFile(11n, {}));
    damaged[damaged.length - 1] = 0xff;
    assert.equal(await found({ ...newer, [snap('b')]: damaged }), 'present');
  });

  it('is what the log writes since the store was written, but for the members’ own', async () => {
    const log = (...data: Buffer[]) =>
      walFile(data.map((each, at) => ({ index: BigInt(at + 1), data: each })));
    assert.equal(await found({ [wal(0, 0)]: log(ofVersion3, put('/0/members/1/attributes')) }), 'absent');
    assert.equal(await found({ [wal(0, 0)]: log(ofVersion3, put('/1/x')) }), 'present');
    assert.equal(await found({ [wal(0, 0)]: log(wrapped('/1/x')) }), 'present');
    const covered = { [snap('5')]: snapFile(5n, {}), [wal(0, 0)]: log(put('/1/x')) };
    assert.equal(await found(covered), 'absent');
    assert.equal(
      await found({ ...covered, [wal(1, 6)]: walFile([{ index: 6n, data: put('/1/x') }]) }),
      'present',
    );
  });

  it('is unknown where nothing can be read', async () => {
    const nowhere: DataDirectory = {
      names: () => Promise.reject(new Error('no such directory')),
      read: assert.fail,
    };
    const { v2Data, reason } = await readV2Data(nowhere);
    assert.equal(v2Data, 'unknown');
    assert.match(reason.en(), /no such directory/);
  });

  it('is looked at once more where a file is gone meanwhile', async () => {
    const files = directory({ [snap('a')]: snapFile(10n, { x: {} }) });
    let reads = 0;
    const moving: DataDirectory = {
      ...files,
      read: (path, limit) => {
        reads++;
        return reads === 1 ? Promise.reject(gone(path)) : files.read(path, limit);
      },
    };
    assert.equal((await readV2Data(moving)).v2Data, 'present');
    const never: DataDirectory = { ...files, read: path => Promise.reject(gone(path)) };
    assert.equal((await readV2Data(never)).v2Data, 'unknown');
  });

  it('is no answer where the host is not reached', async () => {
    const lost = remoteErrors.raise.unreachable({ host: 'm0', said: 'no route' });
    const away: DataDirectory = { names: () => Promise.reject(lost), read: assert.fail };
    await assert.rejects(readV2Data(away), lost);
  });

  it('is known from versions that do not have it', () => {
    assert.equal(v2DataByVersions(['3.6.8', '3.10.0']).v2Data, 'absent');
    assert.equal(v2DataByVersions(['3.6.8', '3.5.21']).v2Data, 'unknown');
    assert.equal(v2DataByVersions([]).v2Data, 'unknown');
  });
});

describe('raft’s files', () => {
  it('whatever their bytes, are read to an end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
        const buffer = Buffer.from(bytes);
        readSnapFile(buffer);
        assert.ok([...readWalFile(buffer)].length <= bytes.length);
      }),
    );
  });

  it('are read up to where the newest is torn', () => {
    const file = walFile([1n, 2n, 3n].map(index => ({ index, data: put('/1/x') })));
    const whole = [...readWalFile(file)];
    assert.deepEqual(
      whole.map(({ index }) => index),
      [1n, 2n, 3n],
    );
    assert.equal([...readWalFile(file.subarray(0, file.length - 80))].length, 2);
  });
});
