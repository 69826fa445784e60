import { access, readFile } from 'node:fs/promises';
import { binary } from '../binaries.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { containerdSocket } from '../cluster/containerd.ts';
import type { ImageFile, ImageRequest } from '../cluster/images.ts';
import { ensureDebianPackages, whichProgram } from '../debian.ts';
import { etcdPrograms } from '../etcd/programs.ts';
import { lock } from '../locks.ts';
import { runOk } from '../processes.ts';

/** etcd with its tools, and this machine's curl, with which snapshots are fetched as the real operator does. */
export const etcdImage = 'hozon.dev/hosted-etcd:3.6';
export const apiServerImage = 'hozon.dev/hosted-kube-apiserver:1.34';

/** Gives the node the images of hosted control planes, once: they are large. */
export async function importHostedImages(cluster: Cluster): Promise<void> {
  await using _held = await lock(`hosted-images-${cluster.slot}`);
  const socket = containerdSocket(cluster.dir);
  const known = await runOk([
    'ctr',
    '--address',
    socket,
    '--namespace',
    'k8s.io',
    'images',
    'list',
    '--quiet',
  ]);
  const names = new Set(known.split('\n'));
  const wanted = [
    [etcdImage, etcdImageRequest],
    [apiServerImage, apiServerImageRequest],
  ] as const;
  for (const [name, request] of wanted) if (!names.has(name)) await cluster.importImages([await request()]);
}

const path = { PATH: '/usr/bin:/bin' };

async function etcdImageRequest(): Promise<ImageRequest> {
  const { etcd, etcdctl, etcdutl = '' } = await etcdPrograms('3.6');
  const files = {
    '/usr/bin/etcd': await program(etcd),
    '/usr/bin/etcdctl': await program(etcdctl),
    '/usr/bin/etcdutl': await program(etcdutl),
    ...(await curlFiles()),
  };
  return { name: etcdImage, files, env: path };
}

async function apiServerImageRequest(): Promise<ImageRequest> {
  const files = { '/usr/bin/kube-apiserver': await program(await binary('kube-apiserver')) };
  return { name: apiServerImage, files, env: path };
}

/** curl and the libraries that it is linked with, where the linker of this machine finds them. */
async function curlFiles(): Promise<Record<string, ImageFile>> {
  await ensureDebianPackages(['curl']);
  const curl = (await whichProgram('curl')) ?? '/usr/bin/curl';
  const libraries = [...(await runOk(['ldd', curl])).matchAll(/(\/\S+) \(0x/g)].map(([, file = '']) => file);
  const files: Record<string, ImageFile> = { '/usr/bin/curl': await program(curl) };
  for (const library of libraries) files[library] = await program(library);
  return files;
}

async function program(file: string): Promise<ImageFile> {
  await access(file);
  return { content: await readFile(file), mode: 0o755 };
}
