import { description, type Field } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import { say } from '../../spec.ts';
import { hozonVersion } from '../../version.ts';
import type { version } from './table.ts';

export const run: Handler<typeof version> = async ({ flags }, context) => {
  const server = flags.server === true ? await (await context.cluster()).version(context.signal) : undefined;
  const data = {
    hozon: hozonVersion(),
    node: process.versions.node,
    platform: `${process.platform}/${process.arch}`,
    ...(server === undefined ? {} : { server: server.gitVersion }),
  };
  const fields: Field[] = [
    { label: 'Hozon', value: data.hozon },
    { label: 'Node.js', value: data.node },
    { label: say('Platform', 'プラットフォーム'), value: data.platform },
    ...(server === undefined ? [] : [{ label: say('Cluster', 'クラスター'), value: server.gitVersion }]),
  ];
  return description({ data, name: data.hozon, text: fields });
};
