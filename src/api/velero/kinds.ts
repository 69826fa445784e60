import type { ApiKind, PrinterColumn } from '../crd.ts';
import { Backup } from './backup.ts';
import { DeleteBackupRequest } from './delete-backup-request.ts';
import { BackupStorageLocation, VolumeSnapshotLocation } from './locations.ts';
import { Restore } from './restore.ts';
import { Schedule } from './schedule.ts';

const velero = { group: 'velero.io', version: 'v1' } as const;

const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const filterFields = {
  includedNamespaces: 'Namespaces, as names or globs; empty or * means all.',
  excludedNamespaces: 'Namespaces to leave out, as names or globs.',
  includedResources: 'Types, as resource.group; empty or * means all.',
  excludedResources: 'Types to leave out, as resource.group.',
  labelSelector: 'Only objects with these labels. Not together with orLabelSelectors.',
  orLabelSelectors: 'Only objects that match one of these. Not together with labelSelector.',
  includeClusterResources: 'Cluster-scoped objects: true all, false none, absent those that the others need.',
};

function under(prefix: string, fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, text]) => [`${prefix}.${name}`, text]));
}

const backupFields = {
  ...filterFields,
  includedClusterScopedResources: 'Cluster-scoped types. Not together with includedResources and its like.',
  excludedClusterScopedResources: 'Cluster-scoped types to leave out; * means all.',
  includedNamespaceScopedResources: 'Namespaced types. Not together with includedResources and its like.',
  excludedNamespaceScopedResources: 'Namespaced types to leave out; * means all.',
  metadata: 'Metadata of the backups that are made from a schedule.',
  ttl: 'How long the backup is kept, as a Go duration.',
  hooks: 'Commands to run in pods before and after they are backed up.',
  storageLocation: 'The BackupStorageLocation to store the backup in.',
  volumeSnapshotLocations: 'VolumeSnapshotLocations, at most one a provider.',
  snapshotVolumes: 'Whether volumes are snapshotted; absent means where it is possible.',
  defaultVolumesToFsBackup: 'Whether all volumes of pods are backed up as files unless they opt out.',
  defaultVolumesToRestic: 'The old name of defaultVolumesToFsBackup.',
  orderedResources: 'Objects to back up first, by type: names separated by commas.',
  csiSnapshotTimeout: 'How long to wait for a CSI snapshot to be ready.',
  itemOperationTimeout: 'How long to wait for an operation that goes on in the background.',
  resourcePolicy: 'A ConfigMap of volume policies and include and exclude policies.',
  snapshotMoveData: "Whether the data of snapshots is moved into the location's repository.",
  datamover: 'Who moves the data; empty or velero for the built-in data mover.',
  uploaderConfig: 'Settings of file system backups.',
  volumeGroupSnapshotLabelKey: 'The label whose value groups volumes that are snapshotted together.',
};

const locationFields = {
  'spec.provider': 'Who provides the storage: aws, azure, gcp …',
  'spec.config': "The provider's settings.",
  'spec.credential': 'The key of a Secret that holds the credentials.',
};

/** The kinds of the velero.io group that Hozon works with, as Velero 1.18 serves them. */
export const veleroKinds: readonly ApiKind[] = [
  {
    ...velero,
    kind: 'Backup',
    plural: 'backups',
    singular: 'backup',
    schema: Backup,
    description: 'The capture of API objects and volumes of a cluster at a point in time.',
    fields: under('spec', backupFields),
  },
  {
    ...velero,
    kind: 'Restore',
    plural: 'restores',
    singular: 'restore',
    schema: Restore,
    description: 'The return of what a backup holds to a cluster.',
    fields: under('spec', {
      ...filterFields,
      backupName: 'The backup to restore from. Not together with scheduleName.',
      scheduleName: 'Restores from the newest completed backup of this schedule.',
      namespaceMapping: 'Namespaces to restore under another name: old name to new name.',
      restorePVs: 'Whether the data of volumes is restored.',
      restoreStatus: 'Types whose status is restored too; absent means none.',
      preserveNodePorts: 'Whether services keep node ports that were assigned to them.',
      hooks: 'Commands to run in restored pods, and init containers to put into them.',
      existingResourcePolicy:
        'What becomes of objects that are there already: none leaves them, update patches them.',
      itemOperationTimeout: 'How long to wait for an operation that goes on in the background.',
      resourceModifier: 'A ConfigMap of rules that change objects before they are created.',
      resourcePolicy: 'A ConfigMap of policies.',
      uploaderConfig: 'Settings of file system restores.',
    }),
  },
  {
    ...velero,
    kind: 'Schedule',
    plural: 'schedules',
    singular: 'schedule',
    subresources: 'empty',
    columns: [
      { name: 'Status', type: 'string', jsonPath: '.status.phase', description: 'The phase of the schedule' },
      {
        name: 'Schedule',
        type: 'string',
        jsonPath: '.spec.schedule',
        description: 'When it is due, as cron',
      },
      { name: 'LastBackup', type: 'date', jsonPath: '.status.lastBackup', description: 'When it last ran' },
      age,
      { name: 'Paused', type: 'boolean', jsonPath: '.spec.paused' },
    ],
    schema: Schedule,
    description: 'Makes a backup from a template again and again.',
    fields: {
      'spec.template': 'The spec of each backup.',
      'spec.schedule': 'When to back up, as a cron expression of five fields or @every and a duration.',
      'spec.useOwnerReferencesInBackup': 'Whether backups are deleted with the schedule.',
      'spec.paused': 'Whether no backups are made for now.',
      'spec.skipImmediately': 'Whether the run that is due at once is left out.',
      ...under('spec.template', backupFields),
    },
  },
  {
    ...velero,
    kind: 'BackupStorageLocation',
    plural: 'backupstoragelocations',
    singular: 'backupstoragelocation',
    shortNames: ['bsl'],
    subresources: 'empty',
    columns: [
      { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Available or Unavailable' },
      {
        name: 'Last Validated',
        type: 'date',
        jsonPath: '.status.lastValidationTime',
        description: 'When it was last tried',
      },
      age,
      {
        name: 'Default',
        type: 'boolean',
        jsonPath: '.spec.default',
        description: 'Whether backups go there by default',
      },
    ],
    schema: BackupStorageLocation,
    description: 'An object store that backups are kept in.',
    fields: {
      ...locationFields,
      'spec.objectStorage': 'The bucket, a prefix in it, and the CA that signed its certificate.',
      'spec.default': 'Whether this is the location of backups that name none.',
      'spec.accessMode': 'ReadOnly forbids to write and to delete backups.',
      'spec.backupSyncPeriod': 'How often Backup objects are made from what the store holds; 0 for never.',
      'spec.validationFrequency': 'How often the location is tried; 0 for never.',
    },
  },
  {
    ...velero,
    kind: 'VolumeSnapshotLocation',
    plural: 'volumesnapshotlocations',
    singular: 'volumesnapshotlocation',
    shortNames: ['vsl'],
    schema: VolumeSnapshotLocation,
    description: 'Where a provider keeps snapshots of volumes.',
    fields: locationFields,
  },
  {
    ...velero,
    kind: 'DeleteBackupRequest',
    plural: 'deletebackuprequests',
    singular: 'deletebackuprequest',
    subresources: 'empty',
    columns: [
      {
        name: 'BackupName',
        type: 'string',
        jsonPath: '.spec.backupName',
        description: 'The backup to delete',
      },
      { name: 'Status', type: 'string', jsonPath: '.status.phase', description: 'The phase of the request' },
    ],
    schema: DeleteBackupRequest,
    description: 'Asks for a backup to be deleted with everything that belongs to it.',
    fields: { 'spec.backupName': 'The backup to delete.' },
  },
];
