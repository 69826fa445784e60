import { backup } from './commands/backup/table.ts';
import { etcd } from './commands/etcd/table.ts';
import { hostedCluster } from './commands/hosted-cluster/table.ts';
import { location } from './commands/location/table.ts';
import { program } from './commands/program/table.ts';
import { project } from './commands/project/table.ts';
import { repo } from './commands/repo/table.ts';
import { restore } from './commands/restore/table.ts';
import { isNoun, type TreeNode } from './spec.ts';

const nodes: readonly TreeNode[] = [
  backup,
  restore,
  project,
  repo,
  etcd,
  hostedCluster,
  location,
  ...program,
];

/** Every command that Hozon has. A noun without commands is not shown. */
export const commandTree: readonly TreeNode[] = nodes.filter(
  node => !isNoun(node) || node.commands.length > 0,
);
