import type { EtcdConnection } from '../client/connection.ts';
import type { SnapshotSource } from './source.ts';

/** A member that is reached directly over gRPC. The connection stays the caller's. */
export function memberSource(connection: EtcdConnection, size?: number): SnapshotSource {
  return {
    describe: connection.endpoint,
    size,
    open: options => connection.snapshot(options),
  };
}
