import type { Reason } from './compare.ts';
import {
  hasBecomeEnded,
  isClusterIP,
  isComputedEndpoints,
  isControllerNote,
  isGeneratedHost,
  isIdentity,
  isLostStatus,
  isMadeAnew,
  isNewVolume,
  isNodePort,
  isObservedStatus,
  isOwner,
  isPullSecret,
  isRenamed,
  isRestoreLabel,
  isTokenVolume,
} from './judgements.ts';

/**
 * Why objects that were deleted and restored differ from what they were. Each reason is as narrow as the difference that it
 * explains: a replica fewer, another image, a lost label or a changed Secret is explained by none. The first that fits counts.
 */
export const restoreReasons: readonly Reason[] = [
  {
    title: 'a new identity',
    text: 'the API server gives every object that is created a uid, a time, versions and a record of who wrote what',
    explains: isIdentity,
  },
  {
    title: 'labels of the restore',
    text: 'what was restored says from which backup and by which restore, as with Velero',
    explains: isRestoreLabel,
  },
  {
    title: 'the new name of the project',
    text: 'it was restored under another name, and what belongs to it follows',
    explains: isRenamed,
  },
  {
    title: 'owners',
    text: 'their uids are new; a controller takes back what it owns, nobody else sets an owner again (as with Velero)',
    explains: isOwner,
  },
  {
    title: 'another cluster IP',
    text: 'a service gets a free address of the service network; who uses its name notices nothing',
    explains: isClusterIP,
  },
  {
    title: 'another node port',
    text: 'it was chosen by the cluster and is chosen again; --preserve-nodeports keeps it',
    explains: isNodePort,
  },
  {
    title: 'a volume made anew',
    text: 'the claim got a new volume of its storage class: volume data is not captured yet, so the new one is empty',
    explains: isNewVolume,
  },
  {
    title: 'builds, jobs and pods that had ended',
    text: 'what has done its work is not started a second time',
    explains: hasBecomeEnded,
  },
  {
    title: 'pods that were made anew',
    text: 'a DeploymentConfig rolls out anew and a DaemonSet is bound to nodes: theirs make as many as there were',
    explains: isMadeAnew,
  },
  {
    title: 'notes of controllers',
    text: 'what a controller writes down about its own work: the rollout, the replicas that it last saw',
    explains: isControllerNote,
  },
  {
    title: 'the token of the service account',
    text: 'the API server mounts a fresh one into every pod, under a random name',
    explains: isTokenVolume,
  },
  {
    title: 'pull secrets of service accounts',
    text: 'OpenShift makes one for every new service account, and pods are given it',
    explains: isPullSecret,
  },
  {
    title: 'a generated host',
    text: 'a route whose host OpenShift made up from its name and project gets one made up again',
    explains: isGeneratedHost,
  },
  {
    title: 'addresses of pods',
    text: 'endpoints are computed from the pods that run now',
    explains: isComputedEndpoints,
  },
  {
    title: 'status that nobody writes again',
    text: 'no controller does for these types, and a restore leaves status to controllers',
    explains: isLostStatus,
  },
  {
    title: 'status',
    text: 'controllers and the kubelet write what they see now: times, addresses, versions seen',
    explains: isObservedStatus,
  },
];
