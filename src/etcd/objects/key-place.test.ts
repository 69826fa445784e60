import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatKey, groupResource } from '#kube/objects.ts';
import { placeOfKey } from './key-place.ts';

function told(path: string): string | undefined {
  const place = placeOfKey(path);
  return place && `${groupResource(place.type)} ${place.type.namespaced} ${formatKey(place)}`;
}

test('keys tell which object is under them', () => {
  const keys = {
    '/registry/secrets/shop/db': 'secrets true shop/db',
    '/registry/persistentvolumes/pv-1': 'persistentvolumes false pv-1',
    '/registry/namespaces/shop': 'namespaces false shop',
    '/registry/minions/node-1': 'nodes false node-1',
    '/registry/services/specs/shop/web': 'services true shop/web',
    '/registry/services/endpoints/shop/web': 'endpoints true shop/web',
    '/registry/deployments/shop/web': 'deployments.apps true shop/web',
    '/registry/podsecuritypolicy/restricted': 'podsecuritypolicies.policy false restricted',
    '/registry/ingress/shop/web': 'ingresses.networking.k8s.io true shop/web',
    '/registry/events/shop/web.1': 'events true shop/web.1',
    '/registry/clusterroles/system:node': 'clusterroles.rbac.authorization.k8s.io false system:node',
    '/registry/controllers/shop/web': 'replicationcontrollers true shop/web',
    '/registry/apiregistration.k8s.io/apiservices/v1.apps':
      'apiservices.apiregistration.k8s.io false v1.apps',
    '/registry/apiextensions.k8s.io/customresourcedefinitions/widgets.example.com':
      'customresourcedefinitions.apiextensions.k8s.io false widgets.example.com',
    '/registry/estate.example.com/widgets/shop/w': 'widgets.estate.example.com true shop/w',
    '/kubernetes.io/configmaps/shop/a': 'configmaps true shop/a',
    '/kubernetes.io/config.openshift.io/images/cluster': 'images.config.openshift.io false cluster',
    '/openshift.io/routes/shop/web': 'routes.route.openshift.io true shop/web',
    '/openshift.io/oauth/accesstokens/sha256~x': 'oauthaccesstokens.oauth.openshift.io false sha256~x',
  };
  for (const [path, place] of Object.entries(keys)) assert.equal(told(path), place, path);
});

test('of types that nobody knows they tell nothing, nor where they have too few or too many parts', () => {
  for (const path of ['/registry/novelties/shop/x', '/registry/secrets', '/registry/secrets/a/b/c', 'x', '/'])
    assert.equal(told(path), undefined, path);
});
