import { edited, isFields } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';

/** On a Deployment and its like: the tags whose change rolls it out, as JSON text. OpenShift's console writes it. */
const annotation = 'image.openshift.io/triggers';

/** An object whose image triggers name projects as they are called here. Text that is no list of triggers stays. */
export function withMappedTriggers(object: KubeObject, map: (namespace: string) => string): KubeObject {
  return edited(object, ['metadata', 'annotations', annotation], text => {
    const triggers = typeof text === 'string' ? parsed(text) : undefined;
    if (!Array.isArray(triggers)) return text;
    const mapped = triggers.map(trigger => (isFields(trigger) ? inProject(trigger, map) : trigger));
    return mapped.every((each, index) => each === triggers[index]) ? text : JSON.stringify(mapped);
  });
}

function inProject(trigger: object, map: (namespace: string) => string): object {
  return edited(trigger, ['from', 'namespace'], namespace =>
    typeof namespace === 'string' && namespace !== '' ? map(namespace) : namespace,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // somebody's own text
  }
}
