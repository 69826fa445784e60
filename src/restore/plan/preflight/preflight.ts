import { isHozonError } from '#foundation/errors.ts';
import { finding, type PlanFinding } from '../findings.ts';
import { ClassCheck } from './classes.ts';
import { QuotaCheck } from './quotas.ts';
import { WebhookCheck } from './webhooks.ts';
import type { PreflightOptions, Write } from './writes.ts';

/** Looks for what a restore would find missing in the cluster, or in its way. Nothing is touched. */
export class Preflight {
  readonly #options: PreflightOptions;
  readonly #classes = new ClassCheck();
  readonly #quotas = new QuotaCheck();
  readonly #webhooks: WebhookCheck | undefined;
  readonly #found: PlanFinding[] = [];

  private constructor(options: PreflightOptions, webhooks: WebhookCheck | PlanFinding) {
    this.#options = options;
    if (webhooks instanceof WebhookCheck) this.#webhooks = webhooks;
    else this.#found.push(webhooks);
  }

  static async begin(options: PreflightOptions): Promise<Preflight> {
    return new Preflight(options, await allowed('webhooks', () => WebhookCheck.begin(options)));
  }

  /** To be told of each object that is to be sent. */
  note(write: Write): void {
    this.#classes.note(write);
    this.#quotas.note(write);
    this.#webhooks?.note(write);
  }

  /** A check for which a right is missing says so. */
  async finish(): Promise<PlanFinding[]> {
    const checks = [
      await allowed('classes', () => this.#classes.finish(this.#options)),
      await allowed('resource quotas', () => this.#quotas.finish(this.#options)),
      this.#webhooks?.finish() ?? [],
    ];
    return [...this.#found, ...checks.flat()];
  }
}

async function allowed<T>(what: string, check: () => Promise<T>): Promise<T | PlanFinding> {
  try {
    return await check();
  } catch (thrown) {
    if (!isHozonError(thrown, 'kube.forbidden')) throw thrown;
    return finding('not-checked', { what, reason: thrown.message });
  }
}
