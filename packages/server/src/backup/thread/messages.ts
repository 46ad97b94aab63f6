import type { KeyObject } from 'node:crypto'
import type { StreamPlace } from '../../audit/cut.ts'
import type { SnapshotPlace } from '../../vault/storage/snapshot.ts'
import type { AgeStart } from '../age-header.ts'
import type { WrittenMember } from '../archive-writer.ts'
import type { Description } from '../description.ts'

/** What a backup continues. */
export interface Base {
  backupId: string
  chain: string
  sha256: string
  revision: number
  schema: number
  /** How far each audit stream is in it. */
  streams: Readonly<Record<string, StreamPlace>>
}

/** What the thread is started with. */
export interface Order {
  snapshot: SnapshotPlace
  auditFolder: string
  /** The file to write, which must not exist. */
  file: string
  /** Where the database is unpacked to be opened, if it is; it is removed afterwards. */
  scratch?: string
  ledgerKey: KeyObject
  start: AgeStart
  /** What the snapshot says is added. */
  description: Pick<Description, 'format' | 'backupId' | 'rootId' | 'rootGeneration' | 'madeMs'>
  /** Without it, or where the change log does not reach back to it, the backup is a full one. */
  base?: Base
  /** What is in it beside the database and the audit log. */
  members: readonly { name: string; content: Uint8Array }[]
}

/** What the thread made. */
export interface Made {
  description: Description
  bytes: number
  /** Of the file, in hex. */
  sha256: string
  streams: Record<string, StreamPlace>
  /** Whether its database was opened. */
  isOpened: boolean
}

/** What the thread sends: the members, for the MAC, which it waits for; then what it made, or why not. */
export type FromThread =
  | { kind: 'members'; members: readonly WrittenMember[] }
  | { kind: 'made'; made: Made }
  | { kind: 'failed'; name: string; code: string; message: string }

/** What the thread receives: the MAC, in base64. */
export interface ToThread {
  mac: string
}
