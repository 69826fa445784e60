import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Type } from 'typebox';
import { crdFile } from '../../scripts/write-crds.ts';
import { type StructuralSchema, structuralSchema } from './crd.ts';
import { nullable, omittable } from './schema.ts';
import { veleroKinds } from './velero/kinds.ts';

test('nullable, optional and enumerated fields become what the API server knows', () => {
  const schema = Type.Object(
    {
      list: nullable(Type.Array(Type.String(), { minItems: 1 })),
      map: omittable(Type.Record(Type.String(), Type.String())),
      mode: Type.Union([Type.Literal('A'), Type.Literal('B')]),
      short: Type.String({ pattern: '^a' }),
      other: Type.Optional(Type.String({ crd: { type: 'string', format: 'byte' } })),
    },
    { additionalProperties: false },
  );
  assert.deepEqual(structuralSchema(schema as unknown as Record<string, unknown>), {
    type: 'object',
    required: ['mode', 'short'],
    properties: {
      list: { type: 'array', items: { type: 'string' }, minItems: 1, nullable: true },
      map: { type: 'object', additionalProperties: { type: 'string' } },
      mode: { type: 'string', enum: ['A', 'B'] },
      other: { type: 'string', format: 'byte' },
      short: { type: 'string' },
    },
  });
});

test('a union of two types has no structural schema', () => {
  const schema = Type.Union([Type.String(), Type.Integer()]);
  assert.throws(() => structuralSchema(schema as unknown as Record<string, unknown>));
});

for (const kind of veleroKinds) {
  test(`deploy/crds holds ${kind.kind} as the schema says it`, async () => {
    const { name, content } = crdFile(kind);
    const kept = await readFile(new URL(`../../deploy/crds/${name}`, import.meta.url), 'utf8');
    assert.equal(kept, content, 'run: node scripts/write-crds.ts');
  });

  test(`every field of a ${kind.kind}'s spec is described`, () => {
    const spec = structuralSchema(kind.schema as unknown as Record<string, unknown>).properties?.['spec'];
    for (const field of Object.keys((spec as StructuralSchema).properties ?? {})) {
      assert.ok(`spec.${field}` in kind.fields, `spec.${field}`);
    }
  });
}
