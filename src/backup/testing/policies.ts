import assert from 'node:assert/strict';
import { type DocumentRead, type PolicyDocument, readPolicies } from '../policies/document.ts';

/** Reads a policy document as the only key of a ConfigMap `velero/policies`; `version: v1` is put in front. */
export function policiesRead(sections: string, version = 'v1'): DocumentRead {
  return readPolicies({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'velero', name: 'policies' },
    data: { policy: `version: ${version}\n${sections}` },
  });
}

/** The same for a document that is right. */
export function policiesOf(sections: string): PolicyDocument {
  const { document, problems } = policiesRead(sections);
  assert.deepEqual(
    problems.map(each => each.en()),
    [],
  );
  return document;
}
