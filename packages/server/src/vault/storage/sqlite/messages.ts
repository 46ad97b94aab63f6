import type { KeyObject } from 'node:crypto'
import type { StorageErrorCode } from '../storage-error.ts'
import type { Commit, CommitResult } from '../store.ts'
import type { LedgerReport } from '../journal.ts'
import type { ConnectionOptions } from './connection.ts'

/** What an inspector is started with. */
export interface InspectorSettings extends ConnectionOptions {
  /** UnsealedRoot.ledgerKey. */
  ledgerKey: KeyObject
}

/** What the writer thread is started with. */
export interface WriterSettings extends InspectorSettings {
  /** Whether an empty file becomes a database. */
  create: boolean
  pragmas: readonly string[]
  /** Changes and commit ids of this many commits are kept. */
  keptCommits: number
}

/** `begin` is a commit that begins the ledger where there is none, `accept` one that replaces it. */
export type Work =
  | { kind: 'commit' | 'begin' | 'accept'; commit: Commit }
  | { kind: 'relayed'; eventIds: readonly string[] }

/** What became of one piece of work. A relay is no commit: its revision is the newest one. */
export type Outcome = { kind: 'result'; result: CommitResult } | Failure

/** A StorageError as it crosses the thread boundary, where classes are lost. */
export interface Failure {
  kind: 'failure'
  code: StorageErrorCode
  message: string
}

export type FromInspector = { kind: 'report'; report: LedgerReport } | Failure

export type ToWriter = { kind: 'batch'; works: readonly Work[] } | { kind: 'close' }

export type FromWriter =
  | { kind: 'ready' }
  | { kind: 'refused'; failure: Failure }
  | { kind: 'done'; outcomes: readonly Outcome[] }
  | { kind: 'warning'; message: string }
