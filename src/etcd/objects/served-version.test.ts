import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asServed } from './served-version.ts';

test('workloads of extensions are those of apps, without the fields that these do not have', () => {
  const template = { metadata: { labels: { app: 'web' } } };
  for (const kind of ['Deployment', 'DaemonSet', 'ReplicaSet']) {
    const spec = { replicas: 2, template, rollbackTo: { revision: 3 }, templateGeneration: 4 };
    const old = { apiVersion: 'extensions/v1beta1', kind, metadata: { name: 'web' }, spec };
    assert.deepEqual(asServed(old), {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name: 'web' },
      spec: { replicas: 2, template, selector: { matchLabels: { app: 'web' } } },
    });
    const selector = { matchLabels: { tier: 'front' } };
    assert.deepEqual(asServed({ ...old, spec: { template, selector } })['spec'], { template, selector });
  }
});

test('network policies only change their group', () => {
  const spec = { podSelector: {}, policyTypes: ['Ingress'] };
  const policy = { kind: 'NetworkPolicy', metadata: { name: 'deny' }, spec };
  assert.deepEqual(asServed({ apiVersion: 'extensions/v1beta1', ...policy }), {
    apiVersion: 'networking.k8s.io/v1',
    ...policy,
  });
});

test('ingresses of both old groups have the backends of v1', () => {
  const resource = { apiGroup: 'example.com', kind: 'Bucket', name: 'files' };
  const old = {
    ingressClassName: 'nginx',
    backend: { serviceName: 'fallback', servicePort: 80 },
    rules: [
      {
        host: 'shop.example.com',
        http: {
          paths: [
            { path: '/', backend: { serviceName: 'web', servicePort: 'http' } },
            { path: '/api', pathType: 'Prefix', backend: { serviceName: 'api', servicePort: 8080 } },
            { path: '/files', backend: { servicePort: 0, resource } },
          ],
        },
      },
      { host: 'bare.example.com' },
    ],
  };
  for (const apiVersion of ['extensions/v1beta1', 'networking.k8s.io/v1beta1']) {
    const { spec, ...rest } = asServed({ apiVersion, kind: 'Ingress', spec: old });
    assert.deepEqual(rest, { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' });
    assert.deepEqual(spec, {
      ingressClassName: 'nginx',
      defaultBackend: { service: { name: 'fallback', port: { number: 80 } } },
      rules: [
        {
          host: 'shop.example.com',
          http: {
            paths: [
              {
                path: '/',
                pathType: 'ImplementationSpecific',
                backend: { service: { name: 'web', port: { name: 'http' } } },
              },
              {
                path: '/api',
                pathType: 'Prefix',
                backend: { service: { name: 'api', port: { number: 8080 } } },
              },
              { path: '/files', pathType: 'ImplementationSpecific', backend: { resource } },
            ],
          },
        },
        { host: 'bare.example.com' },
      ],
    });
  }
});

test('what is stored as it is served, and what no version of it is known, stays as it is', () => {
  for (const apiVersion of ['networking.k8s.io/v1', 'extensions/v1']) {
    const ingress = { apiVersion, kind: 'Ingress', spec: { backend: { serviceName: 'web' } } };
    assert.equal(asServed(ingress), ingress);
  }
});
