import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { whichProgram } from '../debian.ts';
import { runOk } from '../processes.ts';

/** The image of a pod's sandbox. */
export const pauseImage = 'hozon.dev/pause:1';
/** The image that tests and examples run: a static busybox with all its commands (`sh`, `httpd`, `tar`, `nc` …). */
export const busyboxImage = 'hozon.dev/busybox:1';

/** A file of an image: its content, or a link's target. */
export type ImageFile =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly mode: number }
  | { readonly link: string };

/** An image to assemble on this machine: busybox, and what is put on top of it. */
export interface ImageRequest {
  /** With its registry and tag, `hozon.dev/guestbook:3`. Pods name it so, with `imagePullPolicy: Never`. */
  readonly name: string;
  /** More names for it. */
  readonly tags?: readonly string[];
  /** Absolute paths. */
  readonly files?: Readonly<Record<string, ImageFile>>;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** `1000`, or `1000:1000`. */
  readonly user?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Assembles images and gives them to the containerd of an instance. */
export async function importImages(
  dir: string,
  socket: string,
  images: readonly ImageRequest[],
): Promise<void> {
  const archive = join(
    dir,
    `images-${createHash('sha256')
      .update(images.map(image => image.name).join())
      .digest('hex')}.tar`,
  );
  await writeFile(archive, await dockerArchive(images), { mode: 0o600 });
  try {
    await runOk(['ctr', '--address', socket, '--namespace', 'k8s.io', 'images', 'import', archive]);
  } finally {
    await rm(archive, { force: true });
  }
}

/**
 * Images as one `docker save` archive: `manifest.json`, and for each image a configuration and its layers. The
 * layer with busybox is there once. Format: the image specification of Docker v1.2, OCI's image configuration.
 */
export async function dockerArchive(images: readonly ImageRequest[]): Promise<Buffer> {
  const base = await busyboxLayer();
  const archive = pack();
  const layers = new Map<string, Buffer>();
  const manifest: object[] = [];
  for (const image of images) {
    const own = image.files === undefined ? [] : [await tarOf(Object.entries(image.files))];
    const parts = [base, ...own].map(bytes => ({ bytes, digest: sha256(bytes) }));
    for (const { bytes, digest } of parts) layers.set(`${digest}.tar`, bytes);
    const config = JSON.stringify(
      imageConfig(
        image,
        parts.map(({ digest }) => digest),
      ),
    );
    const Config = `${sha256(config)}.json`;
    archive.entry({ name: Config }, config);
    manifest.push({
      Config,
      RepoTags: [image.name, ...(image.tags ?? [])],
      Layers: parts.map(({ digest }) => `${digest}.tar`),
    });
  }
  for (const [name, bytes] of layers) archive.entry({ name }, bytes);
  archive.entry({ name: 'manifest.json' }, JSON.stringify(manifest));
  archive.finalize();
  return buffer(archive);
}

function imageConfig(image: ImageRequest, digests: readonly string[]): object {
  return {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: {
      Entrypoint: image.entrypoint ?? [],
      Cmd: image.command ?? (image.entrypoint === undefined ? ['sh'] : []),
      Env: Object.entries({ PATH: '/bin', ...image.env }).map(([name, value]) => `${name}=${value}`),
      WorkingDir: image.workingDir ?? '/',
      User: image.user ?? '',
      Labels: image.labels ?? {},
    },
    rootfs: { type: 'layers', diff_ids: digests.map(digest => `sha256:${digest}`) },
    history: [],
  };
}

/** busybox, a link for each of its commands, and the directories that programs expect. */
async function busyboxLayer(): Promise<Buffer> {
  const program = (await whichProgram('busybox')) ?? 'busybox';
  const commands = (await runOk([program, '--list']))
    .split('\n')
    .filter(name => name !== '' && name !== 'busybox');
  const files: [string, ImageFile][] = [
    ['/bin/busybox', { content: await readFile(program), mode: 0o755 }],
    ...commands.map((name): [string, ImageFile] => [`/bin/${name}`, { link: 'busybox' }]),
    ['/etc/passwd', 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n'],
    ['/etc/group', 'root:x:0:\nnobody:x:65534:\n'],
    ['/usr/bin/env', { link: '/bin/busybox' }],
  ];
  return tarOf(files, ['/tmp']);
}

async function tarOf(
  files: readonly [string, ImageFile][],
  worldWritable: readonly string[] = [],
): Promise<Buffer> {
  const layer = pack();
  const mtime = new Date(0); // the same files make the same layer
  for (const path of worldWritable)
    layer.entry({ name: `${path.slice(1)}/`, type: 'directory', mode: 0o1777, mtime });
  for (const [path, file] of files) {
    const name = path.replace(/^\//, '');
    if (typeof file === 'string' || file instanceof Uint8Array)
      layer.entry({ name, mtime, mode: 0o644 }, Buffer.from(file as string));
    else if ('link' in file) layer.entry({ name, mtime, type: 'symlink', linkname: file.link, mode: 0o777 });
    else layer.entry({ name, mtime, mode: file.mode }, Buffer.from(file.content as string));
  }
  layer.finalize();
  return buffer(layer);
}

function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
