import type { KeyObject } from 'node:crypto'
import type { StorageErrorCode } from '../storage-error.ts'
import type { Commit, CommitResult, LedgerNumbers } from '../store.ts'
import type { LedgerReport } from '../journal.ts'
import type { Rewrite, Rewritten } from '../rewrite.ts'
import type { ConnectionOptions } from './connection.ts'

/** The data that an inspector is started with. */
export interface InspectorSettings extends ConnectionOptions {
  /** UnsealedRoot.ledgerKey. */
  ledgerKey: KeyObject
}

/** The data that the writer thread is started with. */
export interface WriterSettings extends InspectorSettings {
  /** Whether to make an empty file a database. */
  create: boolean
  pragmas: readonly string[]
  /** How many commits to keep, with their changes and ids. */
  keptCommits: number
}

/**
 * `begin` is a commit that begins the ledger if there is none, `accept` one that replaces it, `advance` one before which its
 * numbers go on from others.
 */
export type Work =
  | { kind: 'commit' | 'begin' | 'accept'; commit: Commit }
  | { kind: 'advance'; commit: Commit; least: LedgerNumbers }
  | { kind: 'relayed'; eventIds: readonly string[] }
  | { kind: 'rewrite'; step: Rewrite }

/** The result of one piece of work. A relay is not a commit: its revision is the newest one. */
export type Outcome = { kind: 'result'; result: CommitResult } | { kind: 'rewritten'; result: Rewritten } | Failure

/** A StorageError as it crosses the thread boundary, where classes are lost. */
export interface Failure {
  kind: 'failure'
  code: StorageErrorCode
  message: string
}

/** What the inspector sends. */
export type FromInspector = { kind: 'report'; report: LedgerReport } | Failure

/** What the writer thread receives. */
export type ToWriter = { kind: 'batch'; works: readonly Work[] } | { kind: 'close' }

/** What the writer thread sends. */
export type FromWriter =
  | { kind: 'ready' }
  | { kind: 'refused'; failure: Failure }
  | { kind: 'done'; outcomes: readonly Outcome[] }
  | { kind: 'warning'; message: string }
