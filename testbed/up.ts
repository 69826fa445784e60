import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { HozonError } from '#foundation/errors.ts';
import { testbedDir } from './cluster/instance.ts';
import { toStderr } from './narration.ts';
import { privatePrefix, startOwner } from './owner-process.ts';
import { isRunning, readState, type TestbedState } from './state.ts';

/** `up.ts [--light] [--name NAME]`: starts a testbed that stays until `down.ts`, and says how to use it. */
async function up(): Promise<void> {
  const { values } = parseArgs({
    options: { light: { type: 'boolean', default: false }, name: { type: 'string', default: 'default' } },
  });
  if (!/^[a-z][a-z0-9-]*$/.test(values.name) || values.name.startsWith(privatePrefix)) {
    throw new Error(`a name has letters, digits and hyphens, and does not begin with ${privatePrefix}`);
  }
  const statePath = join(testbedDir(), `${values.name}.json`);
  const running = await readState(statePath);
  if (running !== undefined && (await isRunning(running.owner))) {
    toStderr(`the testbed ${values.name} is running already`);
    print(statePath, running);
    return;
  }
  const owner = await startOwner({
    statePath,
    extent: values.light ? 'light' : 'full',
    tethered: false,
    narrate: toStderr,
  });
  owner.detach();
  print(statePath, owner.state);
}

/** To stdout as shell, so that `eval "$(npm run --silent testbed:up)"` works as well as reading does. */
function print(statePath: string, { cluster, objectStore }: TestbedState): void {
  const variables = {
    ...(cluster === undefined ? {} : { KUBECONFIG: cluster.kubeconfig }),
    HOZON_TESTBED: statePath,
    AWS_ENDPOINT_URL_S3: objectStore.endpoint,
    AWS_REGION: objectStore.region,
    AWS_ACCESS_KEY_ID: objectStore.accessKeyId,
    AWS_SECRET_ACCESS_KEY: objectStore.secretAccessKey,
    ...(objectStore.caFile === undefined ? {} : { AWS_CA_BUNDLE: objectStore.caFile }),
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`);
  process.stdout.write(lines.join(''));
  if (cluster !== undefined) process.stdout.write(`# kubectl: ${cluster.kubectl}\n`);
}

try {
  await up();
} catch (thrown) {
  toStderr(thrown instanceof Error ? thrown.message : String(thrown));
  if (thrown instanceof HozonError) toStderr(thrown.hint());
  process.exitCode = 1;
}
