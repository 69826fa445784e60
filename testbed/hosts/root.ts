import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runOk } from '../processes.ts';

/** Lays out what a host has of its own below `root`: users, an empty `/etc`, `/var` and `/root`, and the configuration of sshd. */
export async function layOutRoot(root: string, port: number): Promise<void> {
  for (const directory of [
    'dev',
    'etc/ssh',
    'home',
    'opt',
    'proc',
    'root',
    'run/sshd',
    'sys',
    'usr',
    'var/lib',
  ]) {
    await mkdir(join(root, directory), { recursive: true, mode: 0o755 });
  }
  await runOk(['install', '-d', '-m', '1777', join(root, 'tmp'), join(root, 'var/tmp')]);
  await runOk(['install', '-d', '-m', '700', '-o', '1000', '-g', '1000', join(root, 'home/core')]);
  for (const link of ['bin', 'sbin', 'lib', 'lib64']) await symlink(`usr/${link}`, join(root, link));
  await cp('/etc/alternatives', join(root, 'etc/alternatives'), { recursive: true, verbatimSymlinks: true });
  for (const [name, text] of Object.entries(files(port))) await writeFile(join(root, 'etc', name), text);
}

/** Lets `core` become root without a password, by the `sudo` of this machine. Below `etc`, as sudo and PAM want it. */
export async function allowSudo(root: string): Promise<void> {
  await mkdir(join(root, 'etc/pam.d'), { recursive: true });
  const rules = ['auth', 'account', 'session'].map(kind => `${kind} required pam_permit.so`);
  await writeFile(join(root, 'etc/pam.d/sudo'), `${rules.join('\n')}\n`);
  await writeFile(join(root, 'etc/sudoers'), 'core ALL=(ALL) NOPASSWD: ALL\n', { mode: 0o440 });
}

/** The users of a host: `root`, and `core` with no rights of its own, as machines of OpenShift 4 call it. */
function files(port: number): Record<string, string> {
  return {
    passwd: [
      'root:*:0:0:root:/root:/bin/sh',
      'sshd:*:100:65534::/run/sshd:/usr/sbin/nologin',
      'core:*:1000:1000::/home/core:/bin/bash',
      'shut:*:1001:1000::/home/core:/usr/sbin/nologin',
      '',
    ].join('\n'),
    group: 'root:x:0:\ncore:x:1000:\nnogroup:x:65534:\n',
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
    hosts: '127.0.0.1 localhost\n',
    'ssh/sshd_config': [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      'HostKey /etc/ssh/host_key',
      'PidFile none',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'AuthorizedKeysFile /etc/ssh/authorized_keys',
      'MaxStartups 100',
      'UseDNS no',
      'PrintMotd no',
      'LogLevel VERBOSE',
      '',
    ].join('\n'),
  };
}
