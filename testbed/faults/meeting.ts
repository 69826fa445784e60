import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerStatus, type Interruption } from './answering.ts';
import type { Fault } from './rules.ts';

export interface Meeting {
  readonly fault: Fault;
  readonly stall: () => Promise<void>;
}

/** Does what a fault does before the request is sent on. Whether that was the end of the request. */
export async function meets(
  request: IncomingMessage,
  response: ServerResponse,
  { fault, stall }: Meeting,
): Promise<boolean> {
  if (fault.kind === 'status') {
    request.resume();
    answerStatus(response, fault);
    return true;
  }
  if (fault.kind === 'cut' && 'at' in fault && fault.at === 'request') {
    response.destroy();
    return true;
  }
  if (fault.kind === 'cut' && 'requestBytes' in fault) {
    await readSome(request, fault.requestBytes);
    response.destroy();
    return true;
  }
  if (fault.kind === 'stall' && fault.answerBytes === undefined) await stall();
  return false;
}

/** What a fault does while the answer is passed on. */
export function interruptionOf(fault: Fault, stall: () => Promise<void>): Interruption | undefined {
  if (fault.kind === 'truncate') return { afterBytes: fault.answerBytes, outcome: 'end' };
  if (fault.kind === 'cut' && 'answerBytes' in fault)
    return { afterBytes: fault.answerBytes, outcome: 'cut' };
  if (fault.kind === 'stall' && fault.answerBytes !== undefined)
    return { afterBytes: fault.answerBytes, outcome: stall };
  return undefined;
}

async function readSome(request: IncomingMessage, bytes: number): Promise<void> {
  let read = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    read += chunk.length;
    if (read >= bytes) return;
  }
}
