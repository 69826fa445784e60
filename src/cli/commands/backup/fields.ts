import type { StoredBackup } from '#api/velero/backup.ts';
import type { VolumeInfo } from '#archive/stored/volume-info.ts';
import { parseDuration } from '#foundation/duration.ts';
import type { Field } from '../../output/outcome.ts';
import { selectorText } from '../../velero/cells.ts';
import { list, maybe } from '../../velero/describe.ts';
import { veleroTexts } from '../../velero/texts.ts';
import { dated, expiry, moment } from '../../velero/times.ts';
import { backupTexts } from './messages.ts';

/** When it was begun. */
export function createdAt({ metadata, status }: StoredBackup): Date | undefined {
  return moment(status?.startTimestamp) ?? moment(metadata.creationTimestamp);
}

/** When it may be deleted: as its status says, else its ttl after its creation, as Velero reckons. */
export function expiresAt(backup: StoredBackup): Date | undefined {
  const told = moment(backup.status?.expiration);
  if (told !== undefined) return told;
  const created = moment(backup.metadata.creationTimestamp);
  const ttl = parseDuration(backup.spec?.ttl ?? '');
  return created === undefined || ttl === undefined || ttl <= 0
    ? undefined
    : new Date(created.getTime() + ttl);
}

export function expiresField(backup: StoredBackup, now: Date): Field[] {
  const when = expiresAt(backup);
  if (when === undefined) return [];
  const relative = expiry(when, now);
  const text = dated(when, relative);
  const isOver = typeof relative === 'object' && 'tone' in relative;
  return [{ label: veleroTexts.expires, value: isOver ? { text, tone: relative.tone } : text }];
}

/** How many hooks ran. */
export function hookField({ status }: StoredBackup): Field[] {
  const { hooksAttempted = 0, hooksFailed = 0 } = status?.hookStatus ?? {};
  if (hooksAttempted === 0) return [];
  const text = veleroTexts.hooksRun({ attempted: hooksAttempted, failed: hooksFailed });
  return [{ label: veleroTexts.hooks, value: hooksFailed > 0 ? { text, tone: 'bad' } : text }];
}

/** The object that holds the resource policy, as kubectl would name it. */
export function policyField(reference: NonNullable<StoredBackup['spec']>['resourcePolicy']): Field[] {
  return maybe(backupTexts.policy, reference && `${reference.kind.toLowerCase()}/${reference.name}`);
}

type HookSpec = NonNullable<NonNullable<NonNullable<StoredBackup['spec']>['hooks']>['resources']>[number];

/** The hooks that the spec asks for. */
export function hookSpecField(hooks: readonly HookSpec[] | null | undefined): Field[] {
  if (hooks === null || hooks === undefined || hooks.length === 0) return [];
  return [{ label: backupTexts.hookSpecs, fields: hooks.map(hookFields) }];
}

function hookFields(hook: HookSpec): Field {
  const commands = (when: 'pre' | 'post'): string[] =>
    (hook[when] ?? []).map(({ exec }) => commandLine(exec));
  return {
    label: hook.name,
    fields: [
      ...list(veleroTexts.namespaces, hook.includedNamespaces),
      ...list(veleroTexts.namespacesOut, hook.excludedNamespaces),
      ...maybe(veleroTexts.selector, selectorText(hook)),
      ...maybe(backupTexts.before, commands('pre')),
      ...maybe(backupTexts.after, commands('post')),
    ],
  };
}

type Exec = NonNullable<HookSpec['pre']>[number]['exec'];

/** As it would be typed, and what else holds for it in brackets. */
function commandLine({ command, container, timeout, onError }: Exec): string {
  const words = command.map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)));
  const rest = Object.entries({ container, timeout, onError })
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => `${key}: ${value}`);
  return rest.length === 0 ? words.join(' ') : `${words.join(' ')} (${rest.join(', ')})`;
}

/** How many volumes there were, and by name those whose data is not in the backup. */
export function volumeField(volumes: readonly VolumeInfo[] | undefined): Field[] {
  if (volumes === undefined || volumes.length === 0) return [];
  const missing = volumes.filter(volume => volume.skipped || volume.result === 'failed');
  const text = backupTexts.volumes({ captured: volumes.length - missing.length, missing: missing.length });
  return [
    {
      label: veleroTexts.volumes,
      value: missing.length > 0 ? { text, tone: 'warn' } : text,
      lines: missing.map(volumeLine),
    },
  ];
}

function volumeLine(volume: VolumeInfo): string {
  const claim = [volume.pvcNamespace, volume.pvcName]
    .filter(part => part !== undefined && part !== '')
    .join('/');
  const names = [claim, volume.pvName].filter(name => name !== undefined && name !== '').join(' → ');
  return volume.skippedReason ? `${names}: ${volume.skippedReason}` : names;
}
