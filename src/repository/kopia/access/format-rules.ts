import { raise } from '../../errors.ts';
import { isLockedAt, type RepositoryFormat, type RequiredFeature } from '../format/repository-format.ts';

/** What is known of those features that a format may require. */
const knownFeatures: ReadonlySet<string> = new Set(['index-v1', 'index-v2']);

export interface FormatUse {
  readonly url: string;
  readonly now: Date;
  readonly upgradeOwner?: string | undefined;
  readonly onWarning?: ((feature: string, message: string) => void) | undefined;
}

/**
 * Refuses a repository that others are upgrading, or that requires what is not known.
 *
 * @throws `repository.kopia-feature`, `kopia-upgrading`
 */
export function refuseUnusable(
  { requiredFeatures, upgradeLock }: RepositoryFormat,
  { url, now, upgradeOwner, onWarning }: FormatUse,
): void {
  for (const required of requiredFeatures) {
    if (knownFeatures.has(required.feature)) continue;
    const [feature, advice] = [plainText(required.feature), adviceOf(required)];
    if (!required.warn) throw raise['kopia-feature']({ url, feature, advice });
    onWarning?.(feature, advice);
  }
  if (upgradeLock === undefined || upgradeLock.owner === upgradeOwner) return;
  if (!isLockedAt(upgradeLock, BigInt(now.getTime()) * 1_000_000n)) return;
  const { owner, message } = upgradeLock;
  throw raise['kopia-upgrading']({ url, owner: plainText(owner), message: plainText(message) });
}

function adviceOf({ message, url, upgradeToVersion }: RequiredFeature): string {
  return [message, url, upgradeToVersion].filter(Boolean).map(plainText).join(' ');
}

/** What others wrote, fit to be shown on one line. */
function plainText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, 500);
}
