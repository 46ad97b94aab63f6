import { resolve } from 'node:path'
import { auditPublicKey } from './audit-key.ts'
import { type CloudTrailEvent, toCloudTrail } from './audit/cloudtrail.ts'
import { readRecords, type RecordFilter } from './audit/read-records.ts'
import type { AuditReport } from './audit/report.ts'
import { verifyAudit } from './audit/verify-audit.ts'
import { auditVerifier } from './crypto/audit-signature.ts'
import { systemRandom } from './crypto/random.ts'
import { sha256 } from './crypto/sha256.ts'
import { openVault, type Vault } from './engine.ts'
import { storedTime } from './jobs/trusted-time.ts'
import type { Logger } from './platform/logger.ts'
import type { Clock } from './platform/clock.ts'
import { openFileRoot } from './root/file-root.ts'
import { DataFolderError, dataPaths, readManifest } from './storage/data-folder.ts'

/**
 * `keyhold audit verify`: checks the whole audit log of a data folder against its signed heads and its database.
 * A server may be running on the folder. Rejects with RootError or DataFolderError when the folder does not open.
 */
export function verifyAuditFolder(folder: string, logger: Logger): Promise<AuditReport> {
  return withVault(folder, logger, async (vault) => {
    const publicKey = await auditPublicKey(vault)
    if (publicKey === undefined) throw new DataFolderError(`${folder} has no audit log yet: no server has run on it.`)
    const crypto = { sha256, verifier: auditVerifier }
    return verifyAudit({ folder: dataPaths(resolve(folder)).audit, publicKey, crypto, database: vault })
  })
}

/** `keyhold audit query`: the records of a data folder as CloudTrail events, oldest first. Needs no root of trust. */
export async function* queryAuditFolder(folder: string, filter: RecordFilter): AsyncGenerator<CloudTrailEvent> {
  await readManifest(resolve(folder))
  for await (const record of readRecords(dataPaths(resolve(folder)).audit, filter)) yield toCloudTrail(record)
}

/** `keyhold operator confirm-clock`: vouches for the wall time, so that deletions that waited for that go on. */
export function confirmFolderClock(folder: string, clock: Clock, logger: Logger): Promise<void> {
  return withVault(folder, logger, (vault) => storedTime(vault).save(clock.now()))
}

/** Opens the database of a data folder under its root of trust, for as long as `use` takes. */
export async function withVault<T>(named: string, logger: Logger, use: (vault: Vault) => Promise<T>): Promise<T> {
  const folder = resolve(named)
  const { root: place } = await readManifest(folder)
  const vault = await openVault(folder, await openFileRoot(place.file, place.id, systemRandom), logger)
  try {
    return await use(vault)
  } finally {
    await vault.close()
  }
}
