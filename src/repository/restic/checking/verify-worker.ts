import { parentPort, workerData } from 'node:worker_threads';
import { PackVerifier, VerifierMemory } from './pack-verifier.ts';
import { type FromVerifier, slotSize, type ToVerifier, type VerifierSetup } from './verify-messages.ts';

/** A thread that verifies packs, one after the other. */
function begin(
  { key, slots }: VerifierSetup,
  send: (message: FromVerifier) => void,
): (message: ToVerifier) => void {
  const { encrypt, macK, macR } = key;
  const own = { encrypt: Buffer.from(encrypt), macK: Buffer.from(macK), macR: Buffer.from(macR) };
  const memory = new VerifierMemory(own);
  let verifier: PackVerifier | undefined;
  return message => {
    switch (message.kind) {
      case 'begin':
        verifier = new PackVerifier(own, memory, message.pack);
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

const port = parentPort;
if (port !== null) {
  const handle = begin(workerData as VerifierSetup, message => port.postMessage(message, []));
  port.on('message', handle);
}
