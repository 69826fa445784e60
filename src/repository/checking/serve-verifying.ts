import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import {
  type FromVerifier,
  type PackVerifier,
  slotSize,
  type ToVerifier,
  type VerifierSetup,
} from './verify-messages.ts';

/** Begins to verify a pack. */
type BeginPack<Pack> = (pack: Pack) => PackVerifier<unknown>;

/**
 * What a thread that verifies packs does: one after the other. `prepare` is given what the format told of the repository, and what it
 * answers what `VerifyingThreads` were given.
 */
export function serveVerifying<Pack>(prepare: (repository: unknown) => BeginPack<Pack>): void {
  const port = parentPort;
  if (port === null) return;
  const setup = workerData as VerifierSetup;
  const begin = prepare(setup.repository);
  const parsed = (pack: string): PackVerifier<unknown> => begin(JSON.parse(pack) as Pack);
  const handle = handler(parsed, setup.slots, message => port.postMessage(message, []));
  port.on('message', handle);
}

function handler(
  begin: BeginPack<string>,
  slots: SharedArrayBuffer,
  send: (message: FromVerifier) => void,
): (message: ToVerifier) => void {
  const reader = new PackReader();
  let verifier: PackVerifier<unknown> | undefined;
  return message => {
    switch (message.kind) {
      case 'file':
        send(verdictOfFile(begin(message.pack), message.path, reader));
        return;
      case 'begin':
        verifier = begin(message.pack);
        return;
      case 'piece':
        verifier?.take(new Uint8Array(slots, message.slot * slotSize, message.length));
        send({ kind: 'taken', slot: message.slot });
        return;
      case 'end':
        if (verifier !== undefined) send({ kind: 'verdict', verdict: verifier.finish() });
        verifier = undefined;
        return;
      case 'abandon':
        verifier = undefined;
    }
  };
}

function verdictOfFile(verifier: PackVerifier<unknown>, path: string, reader: PackReader): FromVerifier {
  return reader.giveAll(path, verifier)
    ? { kind: 'verdict', verdict: verifier.finish() }
    : { kind: 'unread' };
}

/** Bytes that are read at once: what is read stays near, and is not asked for too often. */
const usualPiece = 512 * 1024;

/** Reads packs that are files of this machine. */
class PackReader {
  #memory = Buffer.allocUnsafeSlow(usualPiece);

  /** Whether a verifier was given all of a file; why not, who reads it by the store is told. */
  giveAll(path: string, verifier: PackVerifier<unknown>): boolean {
    const descriptor = opened(path);
    if (descriptor === undefined) return false;
    try {
      const status = fstatSync(descriptor);
      if (!status.isFile() || status.size !== verifier.size) return false;
      for (let at = 0; at < verifier.size; ) {
        const piece = this.#read(descriptor, at, verifier.bestLength(usualPiece));
        if (piece === undefined) return false;
        verifier.take(piece);
        at += piece.length;
      }
      return true;
    } finally {
      closeSync(descriptor);
    }
  }

  #read(descriptor: number, offset: number, length: number): Buffer | undefined {
    if (this.#memory.length < length) this.#memory = Buffer.allocUnsafeSlow(length);
    for (let at = 0; at < length; ) {
      const read = readOrNone(descriptor, this.#memory.subarray(at, length), offset + at);
      if (read === 0) return undefined;
      at += read;
    }
    return this.#memory.subarray(0, length);
  }
}

function readOrNone(descriptor: number, into: Buffer, position: number): number {
  try {
    return readSync(descriptor, into, 0, into.length, position);
  } catch {
    return 0;
  }
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}
