import { resolve } from 'node:path'
import { auditPublicKey, openAuditKey } from '../../audit/audit-key.ts'
import { type CloudTrailEvent, toCloudTrail } from '../../audit/cloudtrail.ts'
import { readCurrentHeads } from '../../audit/current-heads.ts'
import { HeadRows } from '../../audit/head-rows.ts'
import { parseHeads, signHeads, verifierKeyOf } from '../../audit/kept-heads.ts'
import { type AuditQuestion, type Following, type QueryNotes, queryRecords } from '../../audit/query/query-records.ts'
import type { AuditReport } from '../../audit/report.ts'
import { verifyAudit, type VerifiedDatabase } from '../../audit/verify-audit.ts'
import { auditVerifier } from '../../crypto/audit-signature.ts'
import { sha256 } from '../../crypto/sha256.ts'
import { type DataFolder, type Vault, withVault } from './open.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Clock } from '../../platform/clock.ts'
import { DataFolderError, dataPaths, readManifest } from '../../vault/storage/data-folder.ts'

/**
 * `keyhold audit verify`: checks the whole audit log of a data folder against its signed heads and its database. A
 * server can be running on the folder. `since` is a note that {@link auditHeadOf} returned earlier. Rejects with
 * RootError or DataFolderError if the folder cannot be opened.
 */
export async function verifyAuditFolder(folder: DataFolder, logger: Logger, since?: string): Promise<AuditReport> {
  if (since !== undefined && parseHeads(since) === undefined) {
    throw new DataFolderError('This is not a head of an audit log: use the output of `keyhold audit head`.')
  }
  return withVault(folder, { use: 'look', logger }, (vault) => verifyOpen(vault, since))
}

/** What the audit log of an open data folder is held against. */
type OpenDatabase = VerifiedDatabase & Parameters<typeof auditPublicKey>[0] & Pick<Vault, 'folder'>

/** The same, with an open database. */
export async function verifyOpen(database: OpenDatabase, since?: string): Promise<AuditReport> {
  const publicKey = await existingPublicKey(database)
  const { audit } = dataPaths(database.folder)
  return verifyAudit({ folder: audit, publicKey, crypto: CRYPTO, database, ...(since && { since }) })
}

/** The output of `keyhold audit head`. */
export interface AuditHead {
  /** A signed note: the end of each stream, and the newest change. */
  note: string
  /** The public key that verifies it, in the format of signed notes. */
  verifierKey: string
  /** Why the note must not be relied on: the log does not contain everything that the database has recorded. */
  damage: readonly string[]
}

/** `keyhold audit head`: the newest heads, signed, to be kept elsewhere. A server can be running on the folder. */
export function auditHeadOf(folder: DataFolder, clock: Clock, logger: Logger): Promise<AuditHead> {
  return withVault(folder, { use: 'look', logger }, async (vault) => {
    const publicKey = await existingPublicKey(vault)
    const options = { folder: dataPaths(vault.folder).audit, sha256, verify: auditVerifier(publicKey) }
    const rows = new HeadRows(vault.records)
    const { heads, damage } = await readCurrentHeads(rows, vault.store, clock.now(), options)
    return {
      note: signHeads(await openAuditKey(vault), heads, sha256),
      verifierKey: verifierKeyOf(publicKey, sha256),
      damage: damage.map(({ stream, message }) => `${stream}: ${message}`),
    }
  })
}

const CRYPTO = { sha256, verifier: auditVerifier }

async function existingPublicKey(vault: OpenDatabase): Promise<Uint8Array> {
  const publicKey = await auditPublicKey(vault)
  if (publicKey !== undefined) return publicKey
  throw new DataFolderError(`${vault.folder} has no audit log yet: no server has run on it.`)
}

/** `keyhold audit query`: {@link queryRecords} of a data folder, as CloudTrail events. Needs no root of trust. */
export async function* queryAuditFolder(
  folder: string,
  question: AuditQuestion,
  tell: (notes: QueryNotes) => void | Promise<void> = () => {},
  following?: Following,
): AsyncGenerator<CloudTrailEvent> {
  await readManifest(resolve(folder))
  const records = queryRecords(dataPaths(resolve(folder)).audit, question, tell, following)
  for await (const record of records) yield toCloudTrail(record)
}
