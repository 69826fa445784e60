import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImageFile, ImageRequest } from '../cluster/images.ts';
import { repositoryOf } from '../openshift/image-stream.ts';

/** The estate's images that are pushed into image streams of the same names. */
export const streamImages = ['guestbook', 'hello-openshift', 'ruby-ex'] as const;
export type StreamImage = (typeof streamImages)[number];

/** The estate's images that pods name directly. */
export const plainImages = ['orders', 'orders-web'] as const;
export type PlainImage = (typeof plainImages)[number];

export interface EstateImage {
  /** `sha256:…`; follows from the image's files. It stands in for the manifest's, which only a registry would check. */
  readonly digest: string;
  /** What a pod that names the image directly writes. */
  readonly reference: string;
}

export type EstateImages = Readonly<Record<StreamImage | PlainImage, EstateImage>>;

const directory = fileURLToPath(new URL('images/', import.meta.url));

/** What the estate's images are called. They need not have been imported: a cluster without kubelet never asks. */
export async function estateImages(): Promise<EstateImages> {
  const names = [...streamImages, ...plainImages];
  const entries = names.map(async name => {
    const digest = digestOf(await filesOf(name));
    return [name, { digest, reference: `hozon.dev/estate-${name}:${digest.slice(7, 19)}` }] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as EstateImages;
}

/**
 * The estate's images, to be given to a node. Those of image streams also bear the name by which a
 * DeploymentConfig of that project pulls them: `<internal registry>/<project>/<stream>@sha256:…`.
 */
export async function estateImageRequests(project: string): Promise<ImageRequest[]> {
  const images = await estateImages();
  const requests = Object.entries(images).map(async ([name, { digest, reference }]) => {
    const files = await filesOf(name);
    const streamed = streamImages.some(each => each === name);
    const tags = streamed ? [`${repositoryOf(project, name)}@${digest}`] : [];
    return { name: reference, tags, files };
  });
  return Promise.all(requests);
}

async function filesOf(image: string): Promise<Record<string, ImageFile>> {
  const root = join(directory, image);
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = found.filter(each => each.isFile()).map(each => join(each.parentPath, each.name));
  const files = paths.sort().map(async path => {
    const executable = ((await stat(path)).mode & 0o100) !== 0;
    const content = await readFile(path, 'utf8');
    return [path.slice(root.length), { content, mode: executable ? 0o755 : 0o644 }] as const;
  });
  return Object.fromEntries(await Promise.all(files));
}

function digestOf(files: Record<string, ImageFile>): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(files)).digest('hex')}`;
}
