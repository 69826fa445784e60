import type { Backup } from '#api/velero/backup.ts';
import { createRunReport, type Finding } from '#archive/runs/run-report.ts';
import type { VolumeInfo } from '#archive/stored/volume-info.ts';
import type { Clock } from '#foundation/clock.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import type { GroupResource } from '#kube/objects.ts';
import { collect } from '../collect/collect.ts';
import { prepare } from '../collect/prepare.ts';
import { newHookCounts } from '../hooks/hook.ts';
import { liveRelatedReader } from '../related/reader.ts';
import { readRequest } from '../request.ts';
import { unsupported } from '../unsupported.ts';
import { lookUpVolumes } from '../volume-lookup.ts';
import { DataLedger } from '../volumes.ts';
import { countLeftOut, type LeftOut } from './left-out.ts';
import { measuringArchive } from './measured.ts';
import { observe, type PlannedCommand, type Question } from './observed.ts';

/** What a backup would take, found out without touching anything. */
export interface BackupPlan {
  readonly backup: Backup;
  /** By type, in the order of their names. Bytes of JSON. */
  readonly types: readonly {
    readonly resource: GroupResource;
    readonly objects: number;
    readonly bytes: number;
  }[];
  readonly leftOut: readonly LeftOut[];
  /** In the order in which hooks would run them. */
  readonly commands: readonly PlannedCommand[];
  /** Of every volume, what would be said of its data. */
  readonly volumes: readonly VolumeInfo[];
  /** What the backup would report. */
  readonly findings: readonly Finding[];
  /** What it would ask of the API server. */
  readonly questions: readonly Question[];
  /** The namespaces that are named in full, where the backup asks for no others. */
  readonly namedNamespaces: readonly string[] | undefined;
}

export interface PlanOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  /** Phases `discover`, `collect`, `check`. */
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly veleroNamespace: string;
}

/**
 * Plays a backup through, with an archive that only measures and a cluster in which no command is run, by the code
 * that makes one. Throws `backup.invalid` as that does.
 */
export async function planBackup(wanted: Backup, options: PlanOptions): Promise<BackupPlan> {
  const { clock, signal, progress = noProgress } = options;
  const request = readRequest(wanted);
  const report = createRunReport(clock);
  const { api, commands, questions } = observe(options.api);
  const preparation = await prepare(request, { ...options, api, report });
  for (const warning of unsupported(wanted.spec ?? {})) report.warning(warning);
  const data = new DataLedger(request.spec, preparation.volumePolicies);
  const archive = measuringArchive();
  const common = { api, report, progress, signal };
  const inventory = await collect({
    ...common,
    archive,
    request,
    preparation,
    hookCounts: newHookCounts(),
    related: liveRelatedReader(common),
    onStored: item => data.note(item),
  });
  await lookUpVolumes(data, { ...common, discovery: preparation.discovery });
  const volumes = data.finish(report);
  const asked = questions();
  const { names, patterns, open } = request.namespaces;
  return {
    backup: wanted,
    types: [...archive.types]
      .map(([resource, measured]) => ({ resource, ...measured }))
      .sort((a, b) => (a.resource < b.resource ? -1 : 1)),
    leftOut: await countLeftOut({ api: options.api, preparation, inventory, signal }),
    commands,
    volumes,
    findings: report.findings,
    questions: asked,
    namedNamespaces: open || patterns.length > 0 ? undefined : names,
  };
}
