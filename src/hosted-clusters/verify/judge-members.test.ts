import assert from 'node:assert/strict';
import { test } from 'node:test';
import { say } from '#foundation/language.ts';
import { judgeMembers } from './judge-members.ts';
import type { MemberAnswer } from './member-answer.ts';

const ids = ['a1', 'b2', 'c3'];
const everybody = ids.map((id, at) => ({ id, name: `etcd-${at}`, isLearner: false }));

function member(at: number, changes: Partial<MemberAnswer> = {}): MemberAnswer {
  return {
    pod: `etcd-${at}`,
    memberId: ids[at],
    clusterId: 'f00',
    leader: 'a1',
    revision: 42,
    version: '3.5.21',
    members: everybody,
    alarms: [],
    reachesQuorum: true,
    ...changes,
  };
}

function unsound(answers: readonly MemberAnswer[], wanted = 3): string[] {
  const found = judgeMembers(answers, wanted).filter(({ severity }) => severity === 'unsound');
  return [...new Set(found.map(({ code }) => code))].sort();
}

/** As OCPBUGS-99534 makes them: the same ids in every pod, nobody else known. */
function alone(at: number, memberId = '8e9e05c52164694d'): MemberAnswer {
  const members = [{ id: memberId, name: 'default', isLearner: false }];
  return member(at, {
    memberId,
    clusterId: 'cdf818194e3a8c32',
    leader: memberId,
    members,
    revision: 40 + at,
  });
}

test('three members that know each other are sound', () => {
  assert.deepEqual(unsound([0, 1, 2].map(at => member(at))), []);
  assert.deepEqual(unsound([member(0, { members: everybody.slice(0, 1) })], 1), []);
});

test('members that each are a cluster of their own are a split brain, with one name for all or one for each', () => {
  assert.ok(unsound([0, 1, 2].map(at => alone(at))).includes('split-brain'));
  const named = [0, 1, 2].map(at => ({ ...alone(at, ids[at]), clusterId: `c${at}` }));
  assert.ok(unsound(named).includes('split-brain'));
  const [finding] = judgeMembers([alone(0), alone(1)], 3);
  assert.match(finding?.text.en() ?? '', /^SPLIT BRAIN: .*SingleReplica/);
  assert.ok(!unsound([alone(0)], 1).includes('split-brain'));
});

test('whatever is wrong with one, or between them, is named', () => {
  const all = [0, 1, 2].map(at => member(at));
  const with2 = (changes: Partial<MemberAnswer>): string[] =>
    unsound([...all.slice(0, 2), member(2, changes)]);
  assert.deepEqual(unsound(all.slice(0, 2)), ['pods-missing']);
  assert.deepEqual(with2({ alarms: ['NOSPACE'] }), ['alarm']);
  assert.deepEqual(with2({ reachesQuorum: false, leader: undefined }), ['no-leader', 'no-quorum']);
  assert.deepEqual(with2({ leader: 'b2' }), ['several-leaders']);
  assert.deepEqual(with2({ clusterId: 'f01' }), ['several-clusters']);
  assert.deepEqual(with2({ members: everybody.slice(1) }), ['lists-differ', 'member-count']);
  const learner = everybody.map(each => ({ ...each, isLearner: each.id === 'c3' }));
  assert.deepEqual(with2({ members: learner }), ['member-unfinished']);
  const failure = say('no', 'いいえ');
  const silent = { pod: 'etcd-2', failure, members: [], alarms: [], reachesQuorum: false };
  assert.deepEqual(unsound([...all.slice(0, 2), silent]), ['member-unanswered']);
});
