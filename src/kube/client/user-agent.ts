import release from '../../../package.json' with { type: 'json' };

/** How Hozon names itself to an API server; up to the slash it is also the field manager of its writes. */
export const userAgent = `hozon/${release.version}`;

/** The field manager that a write gets which names none. */
export const defaultFieldManager = 'hozon';
