import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { inspectCopy } from '../../vault/storage/snapshot.ts'
import { readArchive } from '../archive-reader.ts'
import { BackupError } from '../backup-error.ts'
import { MEMBERS, sameMembers } from '../description.ts'
import type { Order } from './messages.ts'
import type { Written } from './write-backup.ts'

/**
 * Reads a backup that was just written, from its file and by the key of its payload: so what its recipients will open is what was
 * written, byte by byte. A full one's database is unpacked and compared with its ledger, if there is a place for it. What this does
 * not show is that the recipients still have their identities; a drill does. Throws {@link BackupError} `damaged`.
 */
export function checkBackup(
  { file, start, scratch, ledgerKey }: Order,
  { members }: Written,
): { sha256: string; bytes: number; isOpened: boolean } {
  const isOpened = scratch !== undefined && members.some(({ name }) => name === MEMBERS.database)
  const copy = isOpened ? openSync(scratch, 'wx', 0o600) : undefined
  try {
    const found = readArchive(file, start, ({ name }) =>
      copy !== undefined && name === MEMBERS.database ? (part) => writeAll(copy, part) : undefined,
    )
    if (!sameMembers(found.members, members)) throw new BackupError('damaged', `${file} is not what was written.`)
    if (isOpened) requireSound(scratch, ledgerKey)
    return { sha256: found.sha256, bytes: found.bytes, isOpened }
  } finally {
    if (copy !== undefined) closeSync(copy)
    if (isOpened) for (const suffix of ['', '-wal', '-shm']) rmSync(scratch + suffix, { force: true })
  }
}

function requireSound(database: string, ledgerKey: Order['ledgerKey']): void {
  const { problems } = inspectCopy(database, ledgerKey)
  if (problems.length === 0) return
  throw new BackupError('damaged', `The database in the backup contradicts its ledger. ${problems.join(' ')}`)
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength;) at += writeSync(descriptor, bytes, at)
}
