import { domainOf } from '../../vault/records/tables.ts'
import { openAuditKey } from '../../audit/audit-key.ts'
import type { Auditor, Durability } from '../../audit/auditor.ts'
import { openAuditLog } from '../../audit/audit-log.ts'
import { auditVerifier } from '../../crypto/audit-signature.ts'
import { CryptoThreads } from '../../crypto/workers/crypto-threads.ts'
import { systemRandom } from '../../crypto/random.ts'
import { sha256 } from '../../crypto/sha256.ts'
import { Directory } from '../../identity/directory/directory.ts'
import { AccessKeyUses } from '../../identity/accounts/access-key-uses.ts'
import { RoleUses } from '../../identity/accounts/role-uses.ts'
import type { Hierarchy } from '../../vault/hierarchy/hierarchy.ts'
import type { LedgerReport } from '../../vault/storage/journal.ts'
import { openHierarchy } from '../../vault/hierarchy/open.ts'
import { KeyUses } from '../../services/kms/keys/key-uses.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Random } from '../../platform/random.ts'
import type { UnsealedRoot } from '../../vault/root/root.ts'
import { dataPaths } from '../../vault/storage/data-folder.ts'
import { openInspected, type Use } from '../../vault/storage/sqlite/open-inspected.ts'
import { Records } from '../../vault/records/records.ts'
import type { Store } from '../../vault/storage/store.ts'

/** What {@link openEngine} needs. */
export interface EngineOptions extends VaultOptions {
  use: 'create' | 'change'
  /** The clock, or a function that reads it from the database. */
  clock: Clock | ((vault: Vault) => Promise<Clock>)
  durability: Durability
}

/** An open data folder: everything except the network. */
export interface Engine {
  clock: Clock
  random: Random
  logger: Logger
  store: Store
  hierarchy: Hierarchy
  records: Records
  directory: Directory
  auditor: Auditor
  keyUses: KeyUses
  accessKeyUses: AccessKeyUses
  roleUses: RoleUses
  /** Runs slow cryptography. */
  threads: CryptoThreads
  close(): Promise<void>
}

/** The open database of a data folder, with its key hierarchy. */
export interface Vault {
  store: Store
  hierarchy: Hierarchy
  records: Records
  random: Random
  /** The result of the inspection before opening. A new database is not inspected. */
  inspected?: LedgerReport
  close(): Promise<void>
}

/** How many unwrapped keys are cached in memory. */
const KEYRING_KEYS = 50_000

/** What {@link openVault} needs. */
export interface VaultOptions {
  folder: string
  root: UnsealedRoot
  logger: Logger
  use: Use
}

/**
 * Opens the database of a data folder with its root of trust. The root is destroyed on close, and when opening fails.
 */
export async function openVault({ folder, root, logger, use }: VaultOptions): Promise<Vault> {
  const random = systemRandom
  const { store, inspected } = await openInspected({
    file: dataPaths(folder).database,
    ledgerKey: root.ledgerKey(),
    logger,
    use,
  })
  const close = async (): Promise<void> => {
    await store.close()
    root.destroy()
  }
  try {
    const ledger = use === 'accept' ? 'ignore' : 'begin'
    const hierarchy = await openHierarchy({ root, store, random, domainOf, ledger, limits: { keyring: KEYRING_KEYS } })
    const records = new Records({ store, hierarchy, random })
    return { store, hierarchy, records, random, ...(inspected && { inspected }), close }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Opens a data folder with its root of trust. First completes what an earlier process left unfinished in the audit log.
 */
export async function openEngine({ clock: given, durability, ...options }: EngineOptions): Promise<Engine> {
  const { folder, logger } = options
  const vault = await openVault(options)
  try {
    const clock = typeof given === 'function' ? await given(vault) : given
    const signer = await openAuditKey(vault)
    const crypto = { sha256, verifier: auditVerifier }
    const log = { folder: dataPaths(folder).audit, clock, logger, durability, signer, crypto }
    const auditor = await openAuditLog({ ...vault, ...log })
    const directory = new Directory(vault)
    const keyUses = await KeyUses.open(clock.now(), vault)
    const accessKeyUses = new AccessKeyUses(vault)
    const roleUses = new RoleUses(vault)
    const threads = new CryptoThreads()
    const close = async (): Promise<void> => {
      try {
        await threads.close()
        await auditor.close()
      } finally {
        await vault.close()
      }
    }
    return { ...vault, clock, logger, directory, auditor, keyUses, accessKeyUses, roleUses, threads, close }
  } catch (error) {
    await vault.close()
    throw error
  }
}
