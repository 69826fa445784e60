import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Member, MemberStatus } from '../client/connection.ts';
import { raise } from '../errors.ts';
import type { CertificateFacts } from './certificate.ts';
import { type ClusterState, stateOf } from './cluster-state.ts';
import type { EndpointState } from './endpoint-state.ts';
import { judge } from './judge.ts';
import { preflight } from './preflight.ts';

const now = new Date('2026-11-21T00:00:00Z');
const header = { clusterId: 'c1', memberId: 'a', revision: 5n, raftTerm: 2n };

const statusOf = (memberId: string, changed: Partial<MemberStatus> = {}): MemberStatus => ({
  header: { ...header, memberId },
  version: '3.5.21',
  storageVersion: undefined,
  dbSize: 100n,
  dbSizeInUse: 50n,
  dbSizeQuota: undefined,
  leader: 'a',
  raftIndex: 9n,
  raftAppliedIndex: 9n,
  raftTerm: 2n,
  isLearner: false,
  errors: [],
  ...changed,
});

const member = (id: string, changed: Partial<Member> = {}): Member => ({
  id,
  name: `m-${id}`,
  peerUrls: [`https://${id}:2380`],
  clientUrls: [`https://${id}:2379`],
  isLearner: false,
  ...changed,
});

const three = ['a', 'b', 'c'].map(id => member(id));

const answering = (
  id: string,
  changed: Partial<EndpointState> = {},
  members: readonly Member[] = three,
): EndpointState => ({
  endpoint: `https://${id}:2379`,
  status: statusOf(id),
  members: { header, members },
  alarms: [],
  tookMs: 1,
  error: undefined,
  certificate: undefined,
  ...changed,
});

const silent = (id: string): EndpointState => {
  const endpoint = `https://${id}:2379`;
  const error = raise['no-answer']({ endpoint, seconds: 5 });
  return answering(id, { status: undefined, members: undefined, tookMs: undefined, error });
};

const certificate = (validTo: string): CertificateFacts => ({
  subject: 'CN=m0',
  issuer: 'CN=ca',
  names: '',
  validFrom: new Date('2025-01-01T00:00:00Z'),
  validTo: new Date(validTo),
});

const codes = (state: ClusterState) => judge(state, now).findings.map(({ code }) => code);

describe('the verdict on a cluster', () => {
  it('is healthy where every member was asked and works', () => {
    const state = stateOf(
      ['a', 'b', 'c'].map(id => answering(id)),
      undefined,
    );
    assert.deepEqual(judge(state, now), { verdict: 'healthy', findings: [] });
    assert.deepEqual(state.quorum, { voters: 3, needed: 2, healthy: 3, reached: true });
    assert.deepEqual(
      state.members.map(({ isLeader }) => isLeader),
      [true, false, false],
    );
  });

  it('is degraded where one was not asked, does not answer, or never began', () => {
    const two = [answering('a'), answering('b')];
    const unasked = stateOf(two, undefined);
    assert.deepEqual([judge(unasked, now).verdict, codes(unasked)], ['degraded', ['members-not-asked']]);
    assert.equal(unasked.members[2]?.healthy, undefined);
    const down = stateOf([...two, silent('c')], undefined);
    assert.deepEqual([judge(down, now).verdict, codes(down)], ['degraded', ['endpoint-failed']]);
    assert.equal(down.members[2]?.healthy, false);
    const added = [...three, member('d', { name: '', clientUrls: [] })];
    const fresh = stateOf(
      ['a', 'b', 'c'].map(id => answering(id, {}, added)),
      undefined,
    );
    assert.deepEqual([judge(fresh, now).verdict, codes(fresh)], ['degraded', ['member-unstarted']]);
    assert.equal(fresh.quorum.needed, 3);
  });

  it('is unhealthy without a quorum, with an alarm, with two clusters, and where nobody answers', () => {
    const alone = {
      tookMs: undefined,
      error: raise['no-answer']({ endpoint: 'https://a:2379', seconds: 5 }),
    };
    const lost = stateOf([answering('a', alone), silent('b'), silent('c')], undefined);
    assert.equal(judge(lost, now).verdict, 'unhealthy');
    assert.equal(codes(lost)[0], 'no-quorum');
    const alarms = [{ memberId: 'a', alarm: 'NOSPACE' }] as const;
    const full = stateOf(
      ['a', 'b', 'c'].map(id => answering(id, { alarms })),
      undefined,
    );
    assert.deepEqual([judge(full, now).verdict, codes(full)], ['unhealthy', ['alarm-nospace']]);
    const other = statusOf('b', { header: { ...header, clusterId: 'c2', memberId: 'b' } });
    const mixed = stateOf([answering('a'), answering('b', { status: other }), answering('c')], undefined);
    assert.equal(codes(mixed)[0], 'several-clusters');
    const nobody = stateOf([silent('a')], undefined);
    assert.deepEqual(codes(nobody), ['no-answer', 'endpoint-failed']);
    assert.equal(judge(nobody, now).verdict, 'unhealthy');
  });

  const alarms = [{ memberId: '0', alarm: 'CORRUPT' }] as const;

  it('says whose data is wrong where that was compared', () => {
    const all = ['a', 'b', 'c'].map(id => answering(id, { alarms }));
    const found = (...groups: readonly (readonly string[])[]) => {
      const comparison = groups.length === 0 ? undefined : { revision: 5n, groups };
      const { verdict, findings } = judge(stateOf(all, undefined, comparison), now);
      return [verdict, ...findings.map(({ code, text }) => `${code}: ${text.en()}`)];
    };
    const [verdict, alarm, wrong] = found(['a', 'c'], ['b']);
    assert.equal(verdict, 'unhealthy');
    assert.match(alarm ?? '', /^alarm-corrupt: .*does not say which/);
    assert.match(wrong ?? '', /^data-differs: Member b \(m-b\).*what m-a, m-c hold.*member remove b`/);
    assert.match(found(['a'], ['b'], ['c'])[2] ?? '', /^data-differs: .*no majority.*m-a \/ m-b \/ m-c/);
    assert.match(found(['a'], ['b'])[2] ?? '', /no majority/);
    assert.match(found(['a', 'b', 'c'])[2] ?? '', /^data-same: .*alarm disarm/);
  });

  it('says what to do where data was not compared', () => {
    const all = ['a', 'b', 'c'].map(id => answering(id, { alarms }));
    const found = (state: ClusterState) => {
      const finding = judge(state, now).findings.find(({ code }) => code === 'data-not-compared');
      return finding?.text.en() ?? '';
    };
    assert.match(found(stateOf(all, undefined)), /run it again/i);
    assert.match(found(stateOf(all.slice(0, 1), undefined)), /--endpoints https:/);
  });

  it('names certificates that end soon, and counts those that have ended', () => {
    const soon = answering('a', { certificate: certificate('2026-12-01T00:00:00Z') });
    const ending = stateOf([soon, answering('b'), answering('c')], certificate('2027-11-21T00:00:00Z'));
    assert.deepEqual([judge(ending, now).verdict, codes(ending)], ['healthy', ['certificate-ends']]);
    const ended = stateOf(
      ['a', 'b', 'c'].map(id => answering(id)),
      certificate('2026-11-20T00:00:00Z'),
    );
    assert.equal(judge(ended, now).verdict, 'degraded');
  });

  it('does not count learners as voters', () => {
    const learning = [member('a'), member('b', { isLearner: true })];
    const state = stateOf([answering('a', {}, learning), answering('b', {}, learning)], undefined);
    assert.deepEqual(state.quorum, { voters: 1, needed: 1, healthy: 1, reached: true });
  });

  it('names a learner that refuses what needs a quorum, and knows nothing where only such answer', () => {
    const learning = [member('a'), member('b', { isLearner: true })];
    const status = statusOf('b', { isLearner: true });
    const endpoint = 'https://b:2379';
    const refusing = (details: string) => {
      const error = raise['request-refused']({ endpoint, details });
      return answering('b', { status, members: undefined, tookMs: undefined, error }, learning);
    };
    const usual = refusing('etcdserver: rpc not supported for learner');
    const both = stateOf([answering('a', {}, learning), usual], undefined);
    assert.deepEqual([judge(both, now).verdict, codes(both)], ['healthy', ['learner']]);
    const alone = stateOf([usual], undefined);
    assert.deepEqual([judge(alone, now).verdict, codes(alone)], ['degraded', ['only-learners', 'learner']]);
    const failing = stateOf([answering('a', {}, learning), refusing('etcdserver: too many')], undefined);
    assert.deepEqual(codes(failing), ['endpoint-failed']);
  });

  it('believes the newest term about the leader', () => {
    const stale = statusOf('c', { leader: 'c', raftTerm: 1n });
    const state = stateOf([answering('c', { status: stale }), answering('a'), answering('b')], undefined);
    assert.equal(state.leader, 'a');
  });
});

describe('the checks before a backup', () => {
  const outcomes = (state: ClusterState, apiServer?: { version: string }) =>
    preflight(state, judge(state, now), { apiServer }).map(({ check, outcome }) => `${check} ${outcome}`);

  it('are five, in the order of the documents', () => {
    const state = stateOf(
      ['a', 'b', 'c'].map(id => answering(id)),
      undefined,
    );
    assert.deepEqual(outcomes(state, { version: 'v1.34.4' }), [
      'etcdctl passed',
      'api-server passed',
      'connectivity passed',
      'certificates passed',
      'health passed',
    ]);
  });

  it('tell a certificate that is refused from a member that is not reached', () => {
    const endpoint = 'https://b:2379';
    const error = raise['server-untrusted']({ endpoint, reason: 'unable to verify leaf signature' });
    const refused = { ...silent('b'), error };
    const state = stateOf([answering('a'), refused, silent('c')], undefined);
    assert.deepEqual(outcomes(state).slice(1, 4), [
      'api-server unknown',
      'connectivity failed',
      'certificates failed',
    ]);
  });
});
