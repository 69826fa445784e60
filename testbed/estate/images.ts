import { createHash } from 'node:crypto';

/** The estate's images that are pushed into image streams of the same names. */
export const streamImages = ['guestbook', 'hello-openshift', 'ruby-ex'] as const;
export type StreamImage = (typeof streamImages)[number];

/** The estate's images that pods name directly. */
export const plainImages = ['orders', 'orders-web'] as const;
export type PlainImage = (typeof plainImages)[number];

export interface EstateImage {
  /** `sha256:…` of the manifest. */
  readonly digest: string;
  /** What a pod that names the image directly writes. */
  readonly reference: string;
}

export type EstateImages = Readonly<Record<StreamImage | PlainImage, EstateImage>>;

/** References of the right form to images that exist nowhere: for clusters without a kubelet. */
export function nominalImages(): EstateImages {
  const image = (name: string): EstateImage => ({
    digest: `sha256:${createHash('sha256').update(name).digest('hex')}`,
    reference: `estate.example.com/${name}:1`,
  });
  return imagesBy(image);
}

function imagesBy(image: (name: StreamImage | PlainImage) => EstateImage): EstateImages {
  const names = [...streamImages, ...plainImages];
  return Object.fromEntries(names.map(name => [name, image(name)])) as EstateImages;
}
