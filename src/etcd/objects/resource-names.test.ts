import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pluralOf } from './resource-names.ts';

test('plurals of kinds are as APIs make them, whatever a kind is called', () => {
  const expected: Readonly<Record<string, string>> = {
    Pod: 'pods',
    Endpoints: 'endpoints',
    SecurityContextConstraints: 'securitycontextconstraints',
    NetworkPolicy: 'networkpolicies',
    Gateway: 'gateways',
    Ingress: 'ingresses',
    Mailbox: 'mailboxes',
    constructor: 'constructors',
    toString: 'tostrings',
  };
  for (const [kind, plural] of Object.entries(expected)) assert.equal(pluralOf(kind), plural, kind);
});
