import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import type { Host } from '#remote/host.ts';
import { type SshHostOptions, sshHost } from '#remote/ssh.ts';
import { hostConformance } from '#remote/testing/conformance.ts';
import { startSshHost, type TestbedHost } from '#testbed/hosts/ssh-host.ts';
import { runOk } from '#testbed/processes.ts';

let machine: TestbedHost;
before(async () => {
  machine = await startSshHost({ hostname: 'master-0' });
});
after(() => machine?.[Symbol.asyncDispose]());

/** As the machine is reached, unless a test says otherwise. */
function reached(options: Partial<SshHostOptions> = {}): Host {
  return sshHost({
    destination: machine.address,
    port: machine.port,
    user: 'root',
    identityFile: machine.identityFile,
    knownHostsFile: machine.knownHostsFile,
    configurationFile: machine.configurationFile,
    ...options,
  });
}

const isCode = (code: string) => (thrown: unknown) => isHozonError(thrown, code);

describe('as root', () => {
  let host: Host;
  before(() => {
    host = reached();
  });
  after(() => host[Symbol.asyncDispose]());
  hostConformance('a machine over SSH', () => subjectOn(host));
});

async function subjectOn(host: Host): Promise<{ host: Host; directory: string }> {
  const { stdout } = await host.run(['mktemp', '-d', '/var/tmp/conformance-XXXXXXXX']);
  return { host, directory: stdout.toString().trim() };
}

describe('what SSH refuses', () => {
  test('a host key that is not known', async () => {
    const knownHostsFile = join(machine.dir, 'no-known-hosts');
    await writeFile(knownHostsFile, '');
    await using host = reached({ knownHostsFile });
    await assert.rejects(host.run(['true']), isCode('remote.host-key-unknown'));
  });

  test('another host key than the known one', async () => {
    const knownHostsFile = join(machine.dir, 'wrong-known-hosts');
    const publicKey = await runOk(['ssh-keygen', '-y', '-f', machine.identityFile]);
    await writeFile(knownHostsFile, `[127.0.0.1]:${machine.port} ${publicKey}`);
    await using host = reached({ knownHostsFile });
    await assert.rejects(host.run(['true']), isCode('remote.host-key-changed'));
  });

  test('a key that the machine does not accept', async () => {
    const identityFile = join(machine.dir, 'other_key');
    await runOk(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', identityFile]);
    await using host = reached({ identityFile });
    await assert.rejects(host.run(['true']), isCode('remote.login-refused'));
  });

  test('a key that others may read, and one with a passphrase, without asking for it', async () => {
    const open = join(machine.dir, 'open_key');
    await runOk(['cp', machine.identityFile, open]);
    await chmod(open, 0o644);
    await using first = reached({ identityFile: open });
    await assert.rejects(first.run(['true']), isCode('remote.login-refused'));
    const sealed = join(machine.dir, 'sealed_key');
    await runOk(['cp', machine.identityFile, sealed]);
    await runOk(['ssh-keygen', '-q', '-p', '-P', '', '-N', 'secret', '-f', sealed]);
    await using second = reached({ identityFile: sealed });
    await assert.rejects(second.run(['true']), isCode('remote.login-refused'));
  });

  test('a port where nothing listens, and a name that nobody has', async () => {
    await using refused = reached({ port: 1 });
    await assert.rejects(refused.run(['true']), isCode('remote.unreachable'));
    await using nameless = reached({ destination: 'no-such-host.invalid' });
    await assert.rejects(nameless.run(['true']), isCode('remote.unreachable'));
  });

  test('a user without a shell, and one who may not become root', async () => {
    await using shut = reached({ user: 'shut' });
    await assert.rejects(shut.run(['true']), isCode('remote.shell-unusable'));
    await using core = reached({ user: 'core', sudo: true });
    await assert.rejects(core.run(['true']), isCode('remote.sudo-refused'));
  });

  test('destinations that are options or commands, before anything runs', () => {
    for (const destination of ['-oProxyCommand=touch /tmp/x', 'a b', 'x;id', '$(id)', '', 'a\nb']) {
      assert.throws(() => reached({ destination }), isCode('remote.destination-invalid'), destination);
    }
  });
});

test('a user has no more rights than on the machine', async () => {
  await using root = reached();
  await using host = reached({ user: 'core' });
  const { directory } = await subjectOn(root);
  await root.writeFile(`${directory}/secret`, Buffer.from('s'));
  await assert.rejects(host.readFile(`${directory}/secret`), isCode('remote.file-denied'));
  await assert.rejects(host.writeFile(`${directory}/new`, Buffer.from('s')), isCode('remote.file-denied'));
  const tree = Array.fromAsync(host.readTree([`${directory}/secret`]));
  await assert.rejects(tree, isCode('remote.tree-incomplete'));
});

test('what the login shell says on its own is not taken for output', async () => {
  await using root = reached();
  await root.writeFile('/home/core/.bashrc', Buffer.from('echo noise; echo more noise >&2\n'), {
    mode: 0o644,
  });
  await using host = reached({ user: 'core' });
  try {
    const { stdout, stderr } = await host.run(['sh', '-c', 'echo out; echo err >&2']);
    assert.deepEqual([stdout.toString(), stderr], ['out\n', 'err\n']);
  } finally {
    await root.run(['rm', '/home/core/.bashrc']);
  }
});

test('a machine behind another', async () => {
  const keys = [`IdentityFile ${machine.identityFile}`];
  const configurationFile = join(machine.dir, 'jump-configuration');
  await writeFile(
    configurationFile,
    ['Host bastion', 'HostName 127.0.0.1', `Port ${machine.port}`, 'User core', ...keys, ''].join('\n'),
  );
  await using host = reached({ jump: 'bastion', configurationFile });
  // The bastion's key is looked up under its address, which is the machine's own.
  assert.equal((await host.run(['hostname'])).stdout.toString(), 'master-0\n');
});

test('a machine behind another whose host key is not known', async () => {
  const configurationFile = join(machine.dir, 'unknown-jump-configuration');
  const bastion = ['HostName 127.0.0.1', `Port ${machine.port}`, 'User core', 'HostKeyAlias nobody-knows-it'];
  await writeFile(configurationFile, ['Host bastion', ...bastion, ''].join('\n'));
  await using host = reached({ jump: 'bastion', configurationFile });
  await assert.rejects(host.run(['true']), isCode('remote.host-key-unknown'));
});

describe('a machine that does not answer to the end', () => {
  test('is given up after a while', async () => {
    await using root = reached();
    await root.writeFile('/home/core/.bashrc', Buffer.from('exec sleep 3600\n'), { mode: 0o644 });
    try {
      await using host = reached({ user: 'core', loginTimeout: 3 });
      await assert.rejects(host.run(['true']), isCode('remote.unreachable'));
    } finally {
      await root.run(['rm', '/home/core/.bashrc']);
    }
  });

  test('is not waited for by disposal', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    try {
      const host = reached({ port, connectTimeout: 3600 });
      const connected = once(silent, 'connection') as Promise<[Socket]>;
      const refused = assert.rejects(host.run(['true']), isCode('remote.unreachable'));
      const [socket] = await connected;
      socket.on('error', () => {});
      await host[Symbol.asyncDispose]();
      await refused;
    } finally {
      silent.close();
    }
  });
});

test('a file that finds no room is not written', async () => {
  await using host = reached();
  const { directory } = await subjectOn(host);
  await host.run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory]);
  const bytes = Buffer.alloc(1_000_000);
  await assert.rejects(host.writeFile(`${directory}/large`, bytes), isCode('remote.file-no-room'));
  assert.equal((await host.run(['ls', '-A', directory])).stdout.toString(), '');
  await host.run(['umount', directory]);
});

test('all commands share one connection, which disposal ends', async () => {
  const host = reached();
  const session = async (): Promise<string> =>
    (await host.run(['sh', '-c', 'echo "$SSH_CONNECTION"'])).stdout.toString();
  const first = await session();
  assert.match(first, /^127\.0\.0\.1 \d+ 127\.0\.0\.1 \d+\n$/);
  assert.deepEqual(await Promise.all([session(), session(), session()]), [first, first, first]);
  await host[Symbol.asyncDispose]();
  assert.notEqual(await session(), first);
  await host[Symbol.asyncDispose]();
});

describe('a machine that loses power', () => {
  test('is told from a command that fails, and is reached again when it is back', async () => {
    await using own = await startSshHost();
    await using host = reached({
      port: own.port,
      configurationFile: own.configurationFile,
      identityFile: own.identityFile,
      knownHostsFile: own.knownHostsFile,
    });
    const { stdout, ended } = host.stream(['sh', '-c', 'echo begun; exec sleep 3600']);
    await assert.rejects(async () => {
      for await (const _ of stdout) await own.crash();
    }, isCode('remote.connection-lost'));
    await assert.rejects(ended, isCode('remote.connection-lost'));
    await assert.rejects(host.run(['true']), isCode('remote.unreachable'));
    await own.start();
    assert.equal((await host.run(['echo', 'back'])).stdout.toString(), 'back\n');
  });
});
