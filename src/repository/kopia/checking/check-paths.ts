import { isHozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { type CheckFinding, isDamage } from '../../checking/check-finding.ts';
import { quoteName } from '../../format/go-quote.ts';
import { readDirectory } from '../access/directories.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import type { StoredKopiaSnapshot } from '../access/snapshots.ts';
import type { DirectoryEntry } from '../format/directory.ts';
import { parseObjectId } from '../format/object-id.ts';
import { ObjectWholeness } from './object-wholeness.ts';

/** What is known of the repository before its snapshots are walked. */
export interface Losses {
  readonly snapshots: readonly StoredKopiaSnapshot[];
  /** 1 for every content of the index that cannot be read. */
  readonly lost: Uint8Array;
}

/** A directory that is being walked. */
interface Step {
  readonly object: string;
  readonly path: string;
  readonly entries: readonly DirectoryEntry[];
  next: number;
  whole: boolean;
}

/**
 * Every path of the snapshots whose content or directory is lost. A directory that is whole is read once, however many snapshots hold
 * it; one that is not, in each of them.
 */
export async function* affectedPaths(
  repository: IndexedKopia,
  { snapshots, lost }: Losses,
  options: StoreOptions,
): AsyncGenerator<CheckFinding> {
  const walk = new Walk(repository, lost, options);
  for (const { id, snapshot } of snapshots) {
    if (snapshot.rootEntry !== undefined) yield* walk.snapshot(id, snapshot.rootEntry);
  }
}

class Walk {
  readonly #repository: IndexedKopia;
  readonly #options: StoreOptions;
  readonly #objects: ObjectWholeness;
  /** 1 for the content of every directory that was walked and found whole, with all that is below it. */
  readonly #whole: Uint8Array;

  constructor(repository: IndexedKopia, lost: Uint8Array, options: StoreOptions) {
    this.#repository = repository;
    this.#options = options;
    this.#objects = new ObjectWholeness(repository, lost, options);
    this.#whole = new Uint8Array(repository.index.size);
  }

  async *snapshot(snapshot: string, root: DirectoryEntry): AsyncGenerator<CheckFinding> {
    const steps: Step[] = [];
    const loss = await this.#visit(root, '', steps);
    if (loss !== undefined) yield pathFinding(snapshot, '/', loss);
    for (let step = steps.at(-1); step !== undefined; step = steps.at(-1)) {
      const entry = step.entries[step.next++];
      if (entry === undefined) {
        this.#leave(steps);
        continue;
      }
      const path = `${step.path}/${quoteName(Buffer.from(entry.name))}`;
      const loss = await this.#visit(entry, path, steps);
      if (loss === undefined) continue;
      step.whole = false;
      yield pathFinding(snapshot, path, loss);
    }
  }

  /** What is lost of an entry. A directory that is still to be walked becomes the next step. */
  async #visit({ type, object }: DirectoryEntry, path: string, steps: Step[]): Promise<Message | undefined> {
    const isDirectory = type === 'd';
    if (isDirectory && this.#isKnown(object)) return undefined;
    if (!(await this.#objects.isWhole(object))) return isDirectory ? lostDirectory : lostContent;
    if (!isDirectory) return undefined;
    try {
      const { entries } = await readDirectory(this.#repository, object, this.#options);
      steps.push({ object, path, entries, next: 0, whole: true });
      return undefined;
    } catch (thrown) {
      if (!isDamage(thrown) && !isHozonError(thrown, 'repository.kopia-content-missing')) throw thrown;
      return lostDirectory;
    }
  }

  /** A directory is whole if everything below it is. */
  #leave(steps: Step[]): void {
    const step = steps.pop();
    if (step === undefined) return;
    const content = this.#contentOf(step.object);
    if (step.whole && content >= 0) this.#whole[content] = 1;
    const parent = steps.at(-1);
    if (parent !== undefined && !step.whole) parent.whole = false;
  }

  #isKnown(object: string): boolean {
    const content = this.#contentOf(object);
    return content >= 0 && this.#whole[content] === 1;
  }

  #contentOf(object: string): number {
    const parsed = parseObjectId(object);
    return parsed === undefined ? -1 : this.#repository.index.numberOf(parsed.content);
  }
}

const lostContent: Message = {
  en: () => 'a part of its content is lost',
  ja: () => '内容の一部が失われています',
};
const lostDirectory: Message = {
  en: () => 'its list of entries is lost, and with it what was below it',
  ja: () => 'エントリーの一覧が失われているため、その下にあるものも復元できません',
};

function pathFinding(snapshot: string, path: string, text: Message): CheckFinding {
  return { kind: 'path', snapshot, path, text };
}
