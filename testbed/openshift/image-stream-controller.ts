import { isDeepStrictEqual } from 'node:util';
import { type Clock, systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import { keyOf } from '#kube/objects.ts';
import { type ImageStream, importedStatus, repositoryOf, withImage } from './image-stream.ts';
import { typeNamed } from './kinds.ts';
import { type StandIn, type StandInOptions, startReconciler } from './reconciler.ts';

const streamType = 'imagestreams.image.openshift.io';

export interface ImageStreamControllerOptions extends StandInOptions {
  readonly clock?: Clock;
}

/** Plays OpenShift's import of external images: see {@link importedStatus}. */
export async function startImageStreamController(
  client: KubeApi,
  options: ImageStreamControllerOptions = {},
): Promise<StandIn> {
  const type = await typeNamed(client, streamType, options.signal);
  const clock = options.clock ?? systemClock;
  return startReconciler(client, {
    ...options,
    sources: [{ type, keys: object => [keyOf(object)] }],
    reconcile: async (key, signal) => {
      const stream: ImageStream | undefined = await client.get(type, key, { signal });
      if (stream === undefined || stream.metadata.deletionTimestamp !== undefined) return;
      const status = importedStatus(stream, clock.now());
      if (isDeepStrictEqual(status, stream.status ?? {})) return;
      const body = { metadata: { resourceVersion: stream.metadata.resourceVersion }, status };
      await client.patch(type, key, { type: 'merge', body }, { subresource: 'status', signal });
    },
  });
}

export interface PushedImage {
  readonly namespace: string;
  readonly stream: string;
  readonly tag: string;
  /** `sha256:…` of the image's manifest. */
  readonly digest: string;
}

/**
 * What a push to the internal registry leaves in the API: an Image, and that image at the head of the tag's history.
 * Resolves to the pull reference. OpenShift names an Image by its digest, `sha256:…`; the names of custom resources
 * may hold no colon, so here it is `sha256-…`.
 */
export async function pushImage(
  client: KubeApi,
  pushed: PushedImage,
  options: { signal?: AbortSignal | undefined; clock?: Clock } = {},
): Promise<string> {
  const { namespace, stream: name, tag, digest } = pushed;
  const dockerImageReference = `${repositoryOf(namespace, name)}@${digest}`;
  await createImage(client, digest, dockerImageReference, options.signal);
  const type = await typeNamed(client, streamType, options.signal);
  const created = (options.clock ?? systemClock).now().toISOString().replace(/\.\d+/, '');
  const event = { created, dockerImageReference, image: digest, generation: 1 };
  for (;;) {
    const stream: ImageStream | undefined = await client.get(type, { namespace, name }, options);
    if (stream === undefined) throw new Error(`there is no image stream ${namespace}/${name}`);
    const status = withImage(
      { ...stream.status, dockerImageRepository: repositoryOf(namespace, name) },
      tag,
      event,
    );
    const body = { metadata: { resourceVersion: stream.metadata.resourceVersion }, status };
    try {
      await client.patch(
        type,
        { namespace, name },
        { type: 'merge', body },
        { subresource: 'status', signal: options.signal },
      );
      return dockerImageReference;
    } catch (thrown) {
      if (!isHozonError(thrown, 'kube.conflict')) throw thrown;
    }
  }
}

async function createImage(
  client: KubeApi,
  digest: string,
  dockerImageReference: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const type = await typeNamed(client, 'images.image.openshift.io', signal);
  const name = digest.replace(':', '-');
  const body = {
    apiVersion: 'image.openshift.io/v1',
    kind: 'Image',
    metadata: { name, annotations: { 'openshift.io/image.managed': 'true' } },
    dockerImageReference,
    dockerImageMetadataVersion: '1.0',
    dockerImageMetadata: { kind: 'DockerImage', apiVersion: '1.0', Architecture: 'amd64', Os: 'linux' },
    dockerImageManifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
  };
  await client.patch(
    type,
    { name },
    { type: 'apply', body, force: true },
    { fieldManager: 'openshift-registry', signal },
  );
}
