import { type GroupResource, groupResource, type ResourceType } from './objects.ts';

/** A group that could not be listed (an aggregated API whose server is down), and why. */
export interface UnavailableGroup {
  readonly groupVersion: string;
  readonly reason: string;
}

/**
 * The types of an API server: every resource in every version that is served. `preferred` holds one entry for
 * each group and resource, in the version that the server prefers among those that have it.
 */
export class Discovery {
  readonly all: readonly ResourceType[];
  readonly preferred: readonly ResourceType[];
  readonly unavailable: readonly UnavailableGroup[];
  readonly #preferredByName = new Map<GroupResource, ResourceType>();
  readonly #byKind = new Map<string, ResourceType>();

  /** `all` comes with each group's versions in the server's order of preference. Subresources do not belong in it. */
  constructor(all: readonly ResourceType[], unavailable: readonly UnavailableGroup[] = []) {
    this.all = all;
    this.unavailable = unavailable;
    for (const type of all) {
      const name = groupResource(type);
      if (!this.#preferredByName.has(name)) this.#preferredByName.set(name, type);
      this.#byKind.set(`${type.group}/${type.version}/${type.kind}`, type);
    }
    this.preferred = [...this.#preferredByName.values()];
  }

  /** The type by its exact `resource.group` name, in its preferred version. */
  byName(name: GroupResource): ResourceType | undefined {
    return this.#preferredByName.get(name);
  }

  /** The type that an object of this apiVersion and kind belongs to. */
  byKind(group: string, version: string, kind: string): ResourceType | undefined {
    return this.#byKind.get(`${group}/${version}/${kind}`);
  }

  /**
   * The type that a person means: `deploy`, `deployment`, `deployments`, `Deployment`, `deployments.apps`,
   * `deployments.v1.apps`. A core type wins over one of a group, as kubectl decides it.
   */
  resolve(name: string): ResourceType | undefined {
    const wanted = name.toLowerCase();
    const exact = this.#preferredByName.get(wanted);
    if (exact !== undefined) return exact;
    const [first = '', ...rest] = wanted.split('.');
    const inGroup = (type: ResourceType): boolean =>
      rest.length === 0 ||
      type.group === rest.join('.') ||
      `${type.version}.${type.group}` === rest.join('.');
    const pool = rest.length === 0 ? this.preferred : this.all;
    return pool.find(type => inGroup(type) && namesOf(type).includes(first));
  }
}

/** What a type is called without its group. */
export function namesOf(type: ResourceType): string[] {
  return [type.resource, type.singular, type.kind.toLowerCase(), ...type.shortNames];
}
