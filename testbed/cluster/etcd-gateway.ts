import { readFile } from 'node:fs/promises';
import { Agent, request } from 'undici';
import type { EtcdState } from './etcd.ts';

/** etcd's own API, asked in JSON over TLS: bytes are base64, numbers of 64 bits are text. */
export interface EtcdGateway extends AsyncDisposable {
  post(path: string, body: unknown): Promise<Record<string, unknown>>;
}

export async function etcdGateway({ endpoint, caFile, certFile, keyFile }: EtcdState): Promise<EtcdGateway> {
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(file => readFile(file)));
  const dispatcher = new Agent({ connect: { ca, cert, key } });
  return {
    async post(path, body) {
      const answer = await request(`${endpoint}${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        dispatcher,
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`etcd answers ${answer.statusCode}: ${text}`);
      return JSON.parse(text) as Record<string, unknown>;
    },
    [Symbol.asyncDispose]: () => dispatcher.close(),
  };
}
