import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Writes src/etcd/objects/kubernetes-tables.ts: how every kind that Kubernetes and OpenShift store in protobuf is laid
 * out. Needs Go; the versions are those of kubernetes-tables/go.mod. To be run when these change.
 */
const directory = join(import.meta.dirname, 'kubernetes-tables');
const { stdout } = await promisify(execFile)('go', ['run', '.'], {
  cwd: directory,
  maxBuffer: 64 * 1024 * 1024,
});
const text = JSON.stringify(JSON.parse(stdout));
if (text.includes("'") || text.includes('\\')) throw new Error('the tables do not fit between single quotes');
const lines = [
  '/**',
  ' * Written by scripts/write-kubernetes-tables.ts; not to be edited. The layouts in protobuf of the kinds of Kubernetes and OpenShift,',
  ' * and their names in JSON; {@link ./tables.ts} reads it.',
  ' */',
  'export const kubernetesTables =',
  `  '${text}';`,
  '',
];
await writeFile(join(import.meta.dirname, '../src/etcd/objects/kubernetes-tables.ts'), lines.join('\n'));
