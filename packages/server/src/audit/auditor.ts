import type { OutboxEntry } from '../vault/storage/journal.ts'
import { type Foreseen, isForeseen } from '../platform/foreseen.ts'
import type { AuditRecord } from './record.ts'

/** When a record counts as written: after fdatasync, or after the operating system accepted it. */
export type Durability = 'fsync' | 'write'

/** Writes to the audit log. Nothing that was written changes. */
export interface Auditor {
  /**
   * Resolves when the record is durable at the configured level. Records that arrive while a batch is being written
   * share the next batch. Rejects when nothing can be written: the service then refuses every request.
   */
  record(record: AuditRecord): Promise<void>
  /**
   * Counts a request that failed before authentication. The first of a kind in a window is written at once, the rest as
   * one aggregated record when the window ends, so that unauthenticated clients cannot fill the disk.
   */
  recordUnauthenticated(failure: UnauthenticatedFailure): Promise<void>
  /**
   * Throws AuditUnavailableError if records cannot be relayed into the stream at present, or too many wait in the
   * outbox. The caller must then commit no change.
   */
  requireRoom(): void
  /**
   * Records a refused request that nothing allowed: the first of a kind in a window at once and in full, the rest as
   * one record when the window ends. Resolves to the request id for the response. Rejects like {@link record}.
   */
  recordRefused(record: AuditRecord): Promise<string>
  /** Encodes a record for the outbox of a commit. {@link relay} then moves it into the stream. */
  encode(record: AuditRecord): string
  /** Starts the relay after a commit with audit entries in the outbox. Resolves when they are in the stream. */
  relay(entries?: readonly OutboxEntry[]): Promise<void>
  /**
   * Sets whether several accounts send requests at present. Batches are then smaller: fewer records share a signature,
   * and they wait less for each other.
   */
  setShared(isShared: boolean): void
  /** Ends the stream with a signed head, commits it to the database, and closes the files. */
  close(): Promise<void>
}

/** A request that failed before authentication. */
export interface UnauthenticatedFailure {
  timeMs: number
  requestId: string
  code: string
  sourceIp: string
}

/** The audit log does not take the record. The request it describes must not succeed. */
export class AuditUnavailableError extends Error implements Foreseen {
  override name = 'AuditUnavailableError'

  get isForeseen(): boolean {
    return this.cause === undefined || isForeseen(this.cause)
  }
}
