import type { EtcdTls } from '#etcd/client/connection.ts';
import { saveNames } from '#etcd/save/names.ts';
import { type Reached, reachMember, reachPod } from '#etcd/save/reach.ts';
import { saveSnapshot } from '#etcd/save/save-snapshot.ts';
import { judge } from '#etcd/status/judge.ts';
import { type PreflightResult, preflight } from '#etcd/status/preflight.ts';
import type { Context } from '../../../context.ts';
import { cliErrors } from '../../../errors.ts';
import type { Outcome } from '../../../output/outcome.ts';
import { reasonOf } from '../../../reason.ts';
import { type Handler, longName, say } from '../../../spec.ts';
import { readAccess } from '../access.ts';
import { askApiServer } from '../status.ts';
import { type HostsReached, reachHosts, refuseHostFlags } from './from-host.ts';
import { isWhole, noteKept, saveHostFiles } from './host-kept.ts';
import type { save } from './save-spec.ts';
import { plannedOutcome, savedOutcome } from './save-view.ts';
import { requireStallTimeout } from './stall-timeout.ts';
import { type SaveInput, type Target, targetOf } from './target.ts';

export const run: Handler<typeof save> = async (input, context) => {
  const { dryRun = false } = input.flags;
  requireStallTimeout(input.flags.stallTimeout);
  const names = saveNames(context.clock.now());
  const target = await targetOf(input, names.snapshot, context);
  const reached = await reach(input, context);
  const { source, state } = reached;
  const judgement = state && judge(state, context.clock.now());
  for (const { code, text } of judgement?.findings ?? [])
    if (code !== 'members-not-asked') context.note(text);
  await target.requireRoom(source.size ?? 0);
  if (!dryRun) return take(reached, target, { input, stamp: names.stamp, context });
  const checks =
    state === undefined || judgement === undefined
      ? []
      : preflight(state, judgement, await askApiServer(context));
  return planned(reached, target, checks);
};

function planned(reached: Way, target: Target, checks: readonly PreflightResult[]): Outcome {
  const failures = 'found' in reached ? reached.failures : [];
  const outcome = plannedOutcome({ source: reached.source, target, checks, failures });
  return failures.length === 0 ? outcome : { ...outcome, exit: 'partial' };
}

interface Taking {
  readonly input: SaveInput;
  readonly stamp: string;
  readonly context: Context;
}

async function take(
  reached: Way,
  { sink, name }: Target,
  { input, stamp, context }: Taking,
): Promise<Outcome> {
  const { progress, signal } = context;
  const { verify } = input.flags;
  const { source, doubts } = reached;
  const host = 'found' in reached ? await saveHostFiles(reached, { input, stamp, context }) : undefined;
  try {
    const saved = await saveSnapshot(source, sink, { name, verify, progress, signal });
    const outcome = savedOutcome(saved, { host, doubts });
    const isAll = doubts.length === 0 && (host === undefined || isWhole(host));
    return isAll ? outcome : { ...outcome, exit: 'partial' };
  } catch (thrown) {
    noteKept(host?.files ?? [], context);
    throw thrown;
  }
}

type Way = Reached | (HostsReached & Pick<Reached, 'state'>);

/** The member that the flags mean; let go behind the command. */
async function reach(input: SaveInput, context: Context): Promise<Way> {
  const reached = await chosen(input, context);
  context.defer(async () => reached[Symbol.asyncDispose]());
  return reached;
}

async function chosen(input: SaveInput, context: Context): Promise<Way> {
  if (input.flags.host !== undefined) {
    return { ...(await reachHosts(input, context)), state: undefined };
  }
  refuseHostFlags(input);
  return input.flags.pod === undefined ? ofMember(input, context) : ofPod(input, context);
}

/** What is about pods alone. */
const podFlags = ['container', 'via', 'secret'] as const;

async function ofMember({ flags }: SaveInput, context: Context): Promise<Reached> {
  const foreign = podFlags.filter(key => flags[key] !== undefined);
  if (foreign.length > 0) {
    const [first = 'via'] = foreign;
    throw cliErrors.raise['missing-flag']({ flags: ['--pod', `--${longName(first)}`] });
  }
  const access = await readAccess(flags, context);
  const tls = withServerName(access.tls, flags.serverName);
  return reachMember({ ...access, tls, idleMs: flags.stallTimeout }, context);
}

async function ofPod({ flags }: SaveInput, context: Context): Promise<Reached> {
  if (flags.endpoints !== undefined) {
    throw cliErrors.raise['conflicting-flags']({ flags: ['--pod', '--endpoints'] });
  }
  const { note, signal } = context;
  const { tls, user, timeoutMs } = await readAccess(flags, context);
  const request = {
    pod: keyOf('--pod', flags.pod ?? ''),
    container: flags.container,
    secret: flags.secret === undefined ? undefined : keyOf('--secret', flags.secret),
    via: flags.via,
    tls: withServerName(tls, flags.serverName),
    user,
    timeoutMs,
    idleMs: flags.stallTimeout,
  };
  return reachPod(await context.cluster(), request, {
    signal,
    onFallback: thrown => note(fallback(thrown)),
    onLeft: (path, thrown) => note(left(flags.pod ?? '', path, thrown)),
  });
}

/** A name that is given counts also where the rest comes from elsewhere: from the pod, or from the authorities of the system. */
function withServerName(tls: EtcdTls | undefined, serverName: string | undefined): EtcdTls | undefined {
  return serverName === undefined ? tls : { ...tls, serverName };
}

/** @throws `cli.bad-value` */
function keyOf(flag: string, given: string): { readonly namespace: string; readonly name: string } {
  const [, namespace, name] = /^([^/\s]+)\/([^/\s]+)$/.exec(given) ?? [];
  if (namespace !== undefined && name !== undefined) return { namespace, name };
  throw cliErrors.raise['bad-value']({ flag, given, expected: 'NAMESPACE/NAME' });
}

function fallback(thrown: unknown) {
  const reason = reasonOf(thrown);
  return say(
    `No port can be forwarded into the pod, so etcdctl is run in it: ${reason.en()}`,
    `Pod へのポートフォワードができないため、Pod 内で etcdctl を実行します: ${reason.ja()}`,
  );
}

function left(pod: string, path: string, thrown: unknown) {
  const reason = reasonOf(thrown);
  return say(
    `${path} is left in pod ${pod}; remove it there: ${reason.en()}`,
    `Pod ${pod} に ${path} が残っています。Pod 内で削除してください: ${reason.ja()}`,
  );
}
