import { createHash } from 'node:crypto';

/** Labels and annotations that Velero puts on its own objects and on what it restores. */
export const veleroLabels = {
  backupName: 'velero.io/backup-name',
  restoreName: 'velero.io/restore-name',
  scheduleName: 'velero.io/schedule-name',
  storageLocation: 'velero.io/storage-location',
  excludeFromBackup: 'velero.io/exclude-from-backup',
  sourceGitVersion: 'velero.io/source-cluster-k8s-gitversion',
  sourceMajorVersion: 'velero.io/source-cluster-k8s-major-version',
  sourceMinorVersion: 'velero.io/source-cluster-k8s-minor-version',
  resourceTimeout: 'velero.io/resource-timeout',
} as const;

/** The Velero backup format that Hozon writes, and the newest that it reads. */
export const formatVersion = '1.1.0';

/**
 * A name as the value of a label: itself up to 63 characters, beyond that its first 57 and the first six
 * hexadecimal digits of its SHA-256, which is how Velero shortens them.
 */
export function labelValue(name: string): string {
  if (name.length <= 63) return name;
  return name.slice(0, 57) + createHash('sha256').update(name).digest('hex').slice(0, 6);
}

const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Whether a backup or a restore may have this name: a DNS subdomain, as for any Kubernetes object. */
export function isObjectName(name: string): boolean {
  return name.length <= 253 && dnsSubdomain.test(name);
}
