import type { OutboxEntry } from '../vault/storage/store.ts'
import type { AuditRecord } from './record.ts'

/** When a record counts as written: after fdatasync, or after the operating system took it. */
export type Durability = 'fsync' | 'write'

/** The append side of the audit log, as operations see it. */
export interface Auditor {
  /**
   * Resolves once the record is durable at the configured level. Records that arrive while a batch is being written
   * share the next one. Rejects when nothing can be written any more: the service then refuses every request.
   */
  append(record: AuditRecord): Promise<void>
  /**
   * Counts a request that failed before authentication. The first of a kind in a window is written at once, the rest
   * as one aggregated record when the window ends, so that strangers cannot fill the disk.
   */
  appendUnauthenticated(failure: UnauthenticatedFailure): Promise<void>
  /**
   * Throws AuditUnavailableError when records cannot be brought into the stream at present, or too many wait in the
   * outbox: then no change must be committed.
   */
  requireRoom(): void
  /**
   * Records a request that was refused and that nothing allowed: the first of a kind in a window at once and whole, the
   * rest as one record when the window ends. Resolves to the request id that the answer carries. Rejects as
   * {@link append}.
   */
  appendRefused(record: AuditRecord): Promise<string>
  /** Encodes a record for the outbox of a commit; {@link relay} then brings it into the stream. */
  encode(record: AuditRecord): string
  /** Wakes the relay after a commit whose audit entries wait in the outbox; resolves once they are in the stream. */
  relay(entries?: readonly OutboxEntry[]): Promise<void>
  /** Tells whether several accounts ask at present: records then share fewer signatures and wait less for each other. */
  setShared(isShared: boolean): void
  /** Ends the stream with a signed head, commits it to the database, and closes the files. */
  close(): Promise<void>
}

export interface UnauthenticatedFailure {
  timeMs: number
  requestId: string
  code: string
  sourceIp: string
}

/** The audit log does not take the record. The request it describes must not succeed. */
export class AuditUnavailableError extends Error {
  override name = 'AuditUnavailableError'
}
