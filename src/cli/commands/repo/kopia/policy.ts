import { raise } from '#repository/errors.ts';
import type { Json, JsonObject } from '#repository/format/go-json.ts';
import { isObject } from '#repository/format/go-json.ts';
import { type KopiaIdentity, ownIdentity } from '#repository/kopia/access/identity.ts';
import type { IndexedKopia } from '#repository/kopia/access/indexed.ts';
import { loadManifests } from '#repository/kopia/access/manifests.ts';
import type { PolicyTarget } from '#repository/kopia/format/policy.ts';
import type { PolicyChange } from '#repository/kopia/policies/change-policy.ts';
import type { DefinedPolicy } from '#repository/kopia/policies/merge.ts';
import { policyTargetText, readPolicyTarget } from '#repository/kopia/policies/policy-targets.ts';
import { removePolicy, setPolicy } from '#repository/kopia/policies/save-policy.ts';
import { definedPolicies, effectivePolicy } from '#repository/kopia/policies/stored-policies.ts';
import { workingDirectory } from '#repository/trees/working-directory.ts';
import type { Context } from '../../../context.ts';
import { cliErrors } from '../../../errors.ts';
import { type Column, description, type Field, listing, type Outcome } from '../../../output/outcome.ts';
import { placeOf } from '../../../repository/place.ts';
import { type FlagValues, type Handler, say } from '../../../spec.ts';
import type { policy } from '../specs/policy.ts';
import { indexedKopia } from './open.ts';

type Flags = FlagValues<(typeof policy)['flags']>;

export const run: Handler<typeof policy> = async ({ args: [action = '', text], flags }, context) => {
  const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (act === undefined) {
    const expected = Object.keys(actions).join(' | ');
    throw cliErrors.raise['bad-value']({ flag: 'ACTION', given: action, expected });
  }
  const { identity = ownIdentity() } = await placeOf(flags, context);
  const given = text ?? (action === 'show' || action === 'list' ? 'global' : undefined);
  if (given === undefined) {
    throw cliErrors.raise['missing-argument']({ argument: 'TARGET', help: 'hozon repo policy --help' });
  }
  const target = readPolicyTarget(given, identity, workingDirectory().toString());
  if (target === undefined) throw raise['policy-target']({ target: given });
  const changes = changesOf(flags);
  if (action !== 'set' && changes.length > 0) {
    throw cliErrors.raise['conflicting-flags']({ flags: [action, '--set, --add, --drop, --inherit'] });
  }
  const repository = await indexedKopia(flags, context);
  return act({ repository, target, changes, identity }, context);
};

interface Asked {
  readonly repository: IndexedKopia;
  readonly target: PolicyTarget;
  readonly changes: readonly PolicyChange[];
  readonly identity: KopiaIdentity;
}

type Action = (asked: Asked, context: Context) => Promise<Outcome>;

const actions: Readonly<Record<string, Action>> = { list, show, set, remove };

async function list({ repository }: Asked, { signal }: Context): Promise<Outcome> {
  const manifests = await loadManifests(repository, { signal });
  const items = definedPolicies(manifests);
  return listing<DefinedPolicy>({
    items,
    columns,
    name: ({ target }) => policyTargetText(target),
    data: ({ id, target, policy: { document } }) => ({ id, target: { ...target }, policy: document }),
  });
}

const columns: readonly Column<DefinedPolicy>[] = [
  { header: say('TARGET', '対象'), cell: ({ target }) => policyTargetText(target) },
  { header: say('MEMBERS', '項目'), cell: ({ policy: { document } }) => summaryOf(document), yields: true },
  { header: say('ID', 'ID'), cell: ({ id }) => id, wide: true },
];

function summaryOf(document: JsonObject): string {
  return membersOf(document)
    .map(([member, value]) => `${member}=${JSON.stringify(value)}`)
    .join(' ');
}

async function show({ repository, target }: Asked, { signal }: Context): Promise<Outcome> {
  const manifests = await loadManifests(repository, { signal });
  const { policy: merged, origins } = effectivePolicy(manifests, target);
  const members = membersOf(merged.document);
  return description({
    data: {
      target: { ...target },
      policy: merged.document,
      definedBy: Object.fromEntries(
        Array.from(origins, ([member, from]) => [member, policyTargetText(from)]),
      ),
    },
    name: policyTargetText(target),
    text: members.map(([member, value]): Field => {
      const origin = origins.get(member);
      const from = origin === undefined ? undefined : policyTargetText(origin);
      return { label: member, value: say(shown(value, from, 'default'), shown(value, from, '既定値')) };
    }),
  });
}

function shown(value: Json, from: string | undefined, byDefault: string): string {
  return `${JSON.stringify(value)} (${from ?? byDefault})`;
}

async function set({ repository, target, changes, identity }: Asked, context: Context): Promise<Outcome> {
  if (changes.length === 0) {
    throw cliErrors.raise['missing-flag']({ flags: ['--set', '--add', '--drop', '--inherit'] });
  }
  const { clock, signal } = context;
  const { document } = await setPolicy(repository, target, changes, { identity, clock, signal });
  const name = policyTargetText(target);
  return description({
    data: { target: { ...target }, policy: document },
    name,
    text: {
      en: () => `Set the policy of ${name}: ${summaryOf(document)}`,
      ja: () => `${name} のポリシーを設定しました: ${summaryOf(document)}`,
    },
  });
}

async function remove({ repository, target, identity }: Asked, context: Context): Promise<Outcome> {
  const { clock, signal } = context;
  await removePolicy(repository, target, { identity, clock, signal });
  const name = policyTargetText(target);
  return description({
    data: { target: { ...target } },
    name,
    text: { en: () => `Removed the policy of ${name}.`, ja: () => `${name} のポリシーを削除しました。` },
  });
}

/** What is set, by the paths of the members. */
function membersOf(document: JsonObject, above = ''): (readonly [string, Json])[] {
  return Object.entries(document).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return isObject(value) ? membersOf(value, `${above}${name}.`) : [[`${above}${name}`, value] as const];
  });
}

/** @throws `cli.bad-value` */
function changesOf({ set: values = [], add = [], drop = [], inherit = [] }: Flags): readonly PolicyChange[] {
  const parsed = (kind: 'set' | 'add' | 'drop', texts: readonly string[]): PolicyChange[] =>
    texts.map(text => {
      const equals = text.indexOf('=');
      if (equals < 1) {
        throw cliErrors.raise['bad-value']({ flag: `--${kind}`, given: text, expected: 'MEMBER=VALUE' });
      }
      return { kind, member: text.slice(0, equals), value: text.slice(equals + 1) };
    });
  return [
    ...inherit.map(member => ({ kind: 'inherit' as const, member })),
    ...parsed('set', values),
    ...parsed('drop', drop),
    ...parsed('add', add),
  ];
}
