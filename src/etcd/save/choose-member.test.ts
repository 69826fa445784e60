import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alarm } from '../client/connection.ts';
import { stateOf } from '../status/cluster-state.ts';
import type { EndpointState } from '../status/endpoint-state.ts';
import { chooseMember, doubtsOf } from './choose-member.ts';

interface Described {
  readonly id: string;
  readonly leader?: string;
  readonly applied?: bigint;
  readonly learner?: boolean;
  readonly cutOff?: boolean;
  readonly silent?: boolean;
  readonly alarm?: Alarm['alarm'];
  /** Whom the alarm names, where it is not the member itself. */
  readonly of?: string;
}

const header = { clusterId: 'c', memberId: '', revision: 1n, raftTerm: 2n };

function endpoint(described: Described): EndpointState {
  const { id, leader, applied = 100n, learner = false, cutOff = false, silent = false, alarm } = described;
  const status = {
    header: { ...header, memberId: id },
    version: '3.6.8',
    storageVersion: '3.6.0',
    dbSize: 1n,
    dbSizeInUse: 1n,
    dbSizeQuota: undefined,
    leader,
    raftIndex: applied,
    raftAppliedIndex: applied,
    raftTerm: 2n,
    isLearner: learner,
    errors: [],
  };
  return {
    endpoint: id,
    status: silent ? undefined : status,
    members: undefined,
    alarms: alarm === undefined ? [] : [{ memberId: described.of ?? id, alarm }],
    tookMs: cutOff ? undefined : 1,
    error: undefined,
    certificate: undefined,
  };
}

function chosen(...all: readonly Described[]): string | undefined {
  return chooseMember(stateOf(all.map(endpoint), undefined))?.endpoint;
}

test('a follower is chosen before the leader, and the one with most of the log', () => {
  assert.equal(chosen({ id: 'a', leader: 'a' }, { id: 'b', leader: 'a' }), 'b');
  assert.equal(chosen({ id: 'a', leader: 'c', applied: 5n }, { id: 'b', leader: 'c', applied: 7n }), 'b');
  assert.equal(chosen({ id: 'a', leader: 'c' }, { id: 'b', leader: 'c' }), 'a');
});

test('a member that reaches the quorum is chosen first, a corrupt one last, a learner never', () => {
  assert.equal(chosen({ id: 'a', leader: 'b', cutOff: true }, { id: 'b', leader: 'b' }), 'b');
  assert.equal(chosen({ id: 'a', leader: 'b', learner: true }, { id: 'b', cutOff: true }), 'b');
  assert.equal(chosen({ id: 'a', leader: 'b', alarm: 'CORRUPT' }, { id: 'b', learner: true }), 'a');
  assert.equal(chosen({ id: 'a', leader: 'b', learner: true }), undefined);
  assert.equal(chosen({ id: 'a', leader: 'b', alarm: 'NOSPACE' }, { id: 'b', leader: 'b' }), 'a');
});

test('whoever answers is better than nobody', () => {
  assert.equal(chosen({ id: 'a', silent: true }, { id: 'b', cutOff: true }), 'b');
  assert.equal(chosen({ id: 'a', silent: true }), undefined);
});

function doubts(...all: readonly Described[]): number {
  const state = stateOf(all.map(endpoint), undefined);
  const chosen = chooseMember(state);
  assert.ok(chosen !== undefined);
  return doubtsOf(chosen, state).length;
}

test('the data of every member is doubted where members differ and were not compared, whoever is named', () => {
  assert.equal(doubts({ id: 'a', leader: 'a', alarm: 'CORRUPT' }), 1);
  assert.equal(doubts({ id: 'a', leader: 'a', alarm: 'NOSPACE' }), 0);
  assert.equal(doubts({ id: 'a', leader: 'a', alarm: 'CORRUPT' }, { id: 'b', leader: 'a' }), 1);
  assert.equal(doubts({ id: 'a', leader: 'a', alarm: 'CORRUPT', of: '0' }, { id: 'b', leader: 'a' }), 1);
});

test('of members that were compared those are taken whose data most have, whoever the alarm names', () => {
  const ids = ['a', 'b', 'c'];
  const members = ids.map(id => ({ id, name: id, peerUrls: [], clientUrls: [], isLearner: false }));
  const all = ids.map(id => {
    const described = endpoint({ id, leader: 'c', ...(id === 'a' ? { alarm: 'CORRUPT' } : {}) });
    return { ...described, members: { header: { ...header, memberId: id }, members } };
  });
  const state = stateOf(all, undefined, { revision: 1n, groups: [['a', 'c'], ['b']] });
  const chosen = chooseMember(state);
  assert.equal(chosen?.endpoint, 'c');
  assert.deepEqual(chosen && doubtsOf(chosen, state), []);
  const alone = chooseMember({ ...state, endpoints: all.slice(1, 2) });
  assert.ok(alone !== undefined);
  const [doubt] = doubtsOf(alone, state);
  assert.match(doubt?.text.en() ?? '', /does not hold what most members hold/);
  const split = { ...state, comparison: { revision: 1n, groups: [['a'], ['b'], ['c']] } };
  for (const each of state.endpoints) {
    const one = chooseMember({ ...split, endpoints: [each] });
    assert.equal(one && doubtsOf(one, split).length, 1);
  }
});
