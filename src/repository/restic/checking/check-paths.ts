import { isHozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import type { CheckFinding } from '../../checking/check-finding.ts';
import { quoteName } from '../../format/go-quote.ts';
import { isDamage, readTreeBlob } from '../access/blobs.ts';
import { keyOf } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { readStoredSnapshot } from '../access/snapshots.ts';
import { nameOf, type TreeNode } from '../format/tree.ts';

/** What is known of the repository before its snapshots are walked. */
export interface Losses {
  /** The ids of the snapshots. */
  readonly snapshots: readonly string[];
  /** 1 for every place of the index that cannot be read. */
  readonly lost: Uint8Array;
}

interface Walk {
  readonly repository: IndexedRepository;
  readonly losses: Losses;
  /** 1 for the first place of every tree that was walked and found whole, with all that is below it. */
  readonly whole: Uint8Array;
  readonly options: StoreOptions;
}

/** A directory that is being walked. */
interface Step {
  readonly tree: string;
  readonly path: string;
  readonly nodes: readonly TreeNode[];
  next: number;
  whole: boolean;
}

/**
 * Every snapshot that cannot be read, and every path of the others whose content or directory is lost. A directory that
 * is whole is read once, however many snapshots hold it; one that is not, in each of them.
 */
export async function* affectedPaths(
  repository: IndexedRepository,
  losses: Losses,
  options: StoreOptions,
): AsyncGenerator<CheckFinding> {
  const walk: Walk = { repository, losses, whole: new Uint8Array(repository.index.size), options };
  for (const id of losses.snapshots) {
    let tree: string;
    try {
      tree = (await readStoredSnapshot(repository, id, options)).document.tree;
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      const text = { en: () => thrown.explain('en'), ja: () => thrown.explain('ja') };
      yield { kind: 'file', file: keyOf('snapshots', id), text };
      continue;
    }
    yield* walkTree(walk, id, tree);
  }
}

async function* walkTree(walk: Walk, snapshot: string, root: string): AsyncGenerator<CheckFinding> {
  const first = await enter(walk, root, '');
  if (first === undefined) yield pathFinding(snapshot, '/', lostDirectory);
  const steps = first === undefined || first === 'known' ? [] : [first];
  for (let step = steps.at(-1); step !== undefined; step = steps.at(-1)) {
    const node = step.nodes[step.next++];
    if (node === undefined) {
      leave(walk, steps);
      continue;
    }
    const path = `${step.path}/${quoteName(nameOf(node))}`;
    const loss = await visit(walk, node, { path, steps });
    if (loss === undefined) continue;
    step.whole = false;
    yield pathFinding(snapshot, path, loss);
  }
}

/** What is lost of an entry. A directory that is still to be walked becomes the next step. */
async function visit(
  walk: Walk,
  node: TreeNode,
  { path, steps }: { readonly path: string; readonly steps: Step[] },
): Promise<Message | undefined> {
  if (node.type === 'file') return isWhole(walk, node) ? undefined : lostContent;
  if (node.type !== 'dir') return undefined;
  const below = await enter(walk, node.subtree ?? '', path);
  if (below === undefined) return lostDirectory;
  if (below !== 'known') steps.push(below);
  return undefined;
}

/** A directory to walk; `known` where it was and is whole; `undefined` where it cannot be read. */
async function enter(walk: Walk, tree: string, path: string): Promise<Step | 'known' | undefined> {
  const [place] = walk.repository.index.places('tree', tree);
  if (place === undefined) return undefined;
  if (walk.whole[place.entry] === 1) return 'known';
  try {
    const nodes = await readTreeBlob(walk.repository, tree, walk.options);
    return { tree, path, nodes, next: 0, whole: true };
  } catch (thrown) {
    if (!isDamage(thrown) && !isHozonError(thrown, 'repository.blob-missing')) throw thrown;
    return undefined;
  }
}

/** A directory is whole if everything below it is. */
function leave(walk: Walk, steps: Step[]): void {
  const step = steps.pop();
  if (step === undefined) return;
  const [place] = walk.repository.index.places('tree', step.tree);
  if (step.whole && place !== undefined) walk.whole[place.entry] = 1;
  const parent = steps.at(-1);
  if (parent !== undefined && !step.whole) parent.whole = false;
}

function isWhole({ repository, losses }: Walk, { content }: TreeNode): boolean {
  return (content ?? []).every(id =>
    repository.index.places('data', id).some(({ entry }) => losses.lost[entry] !== 1),
  );
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
