import { defineTable, global } from './table.ts'

/**
 * A backup that was made of this data folder, for as long as it is kept, and for a while after it was removed. Copies
 * that people made of its file are not known.
 */
export interface BackupRecord {
  /** A UUID, which is in the backup's own description too. */
  backupId: string
  /** The full backup that it continues; its own id, if it is one. */
  chain: string
  /** The backup that it continues directly; absent in a full one. */
  base?: string
  /** The absolute path of the file, or the name that says where the bytes went. */
  file: string
  bytes: number
  /** Of the file, in hex. */
  sha256: string
  madeMs: number
  /** The newest commit that is in it. Whatever was destroyed by a later commit is still in it. */
  revision: number
  /** The number of the newest change that is in it, as the audit log counts them. */
  sequence: number
  /** That of the root of trust, whose MAC the backup has. */
  rootGeneration: number
  /** The generations of the domain keys that are in it, by domain. */
  domains: Readonly<Record<string, readonly number[]>>
  /** The age recipients who can open it. */
  recipients: readonly string[]
  /** When its database was opened from the file and agreed with its ledger; absent until then. */
  openedMs?: number
  /** When Keyhold removed the file, or no longer found it. */
  goneMs?: number
}

export const backupTable = defineTable({
  name: 'backup',
  id: ({ backupId }: Pick<BackupRecord, 'backupId'>) => backupId,
  owner: ({ chain }: Pick<BackupRecord, 'chain'>) => chain,
  domain: global,
  read: ({ body }) => JSON.parse(body) as BackupRecord,
  absence: 'No such backup is known. What was removed is found by the ledger, which counts all rows.',
})
