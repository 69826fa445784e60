import { type TSchema, Type } from 'typebox';
import { decode, lenient } from '#api/schema.ts';
import { Restore } from '#api/velero/restore.ts';
import { isHozonError } from '#foundation/errors.ts';
import { raise } from '../errors.ts';
import { planActions, type RestorePlan } from './plan.ts';
import { planReasons } from './reasons.ts';

const text = Type.String({ minLength: 1 });

/** What has to be right in a saved plan for it to be performed; the rest of it is for its readers. */
const SavedPlan: TSchema = Type.Object({
  kind: Type.Literal('RestorePlan'),
  version: Type.Literal(1),
  restore: lenient(Restore),
  backup: Type.Object({ name: text, digest: text }),
  items: Type.Array(
    Type.Object({
      resource: text,
      namespace: Type.Optional(text),
      name: text,
      action: Type.Union(planActions.map(action => Type.Literal(action))),
      reason: Type.Union(Object.keys(planReasons).map(reason => Type.Literal(reason))),
      digest: text,
    }),
  ),
});

/** Reads a plan that was saved as JSON. Throws `restore.plan-unreadable`; `source` is what it is called there. */
export function readPlan(content: string, source: string): RestorePlan {
  try {
    return decode(SavedPlan, JSON.parse(content), source) as RestorePlan;
  } catch (thrown) {
    // What the parser says of broken JSON quotes the file, which may be any file.
    const problem = isHozonError(thrown) ? thrown.message : 'it is not JSON';
    throw raise['plan-unreadable']({ source, problem });
  }
}
