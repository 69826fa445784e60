/** An object of a location. */
export interface AtKey {
  readonly url: string;
  readonly key: string;
}

/** A location, and why. */
export interface Why {
  readonly url: string;
  /** What the system or the server said, in its own words; never credentials. */
  readonly reason: string;
}
