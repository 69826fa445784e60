import { type NounNode, on, say } from '../../spec.ts';
import { matchKey } from './match-key-spec.ts';
import { restoreManifest } from './restore-manifest-spec.ts';
import { snapshot, undo } from './snapshot-spec.ts';
import { verify } from './verify-spec.ts';

/** `hozon hosted-cluster …`. */
export const hostedCluster: NounNode = {
  name: 'hosted-cluster',
  summary: say(
    'Hosted control planes (HyperShift): etcd snapshots, restores',
    'ホステッドコントロールプレーン (HyperShift) の etcd スナップショットと復元',
  ),
  commands: [
    on(matchKey, () => import('./match-key.ts')),
    on(restoreManifest, () => import('./restore-manifest.ts')),
    on(snapshot, () => import('./snapshot.ts')),
    on(undo, () => import('./undo.ts')),
    on(verify, () => import('./verify.ts')),
  ],
};
