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
import { openHierarchy } from '../../vault/hierarchy/open.ts'
import { KeyUses } from '../../services/kms/keys/key-uses.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Random } from '../../platform/random.ts'
import type { UnsealedRoot } from '../../vault/root/root.ts'
import { dataPaths } from '../../vault/storage/data-folder.ts'
import { openInspected, type Use } from '../../vault/storage/sqlite/open-inspected.ts'
import type { LedgerReport, Store } from '../../vault/storage/store.ts'

export interface EngineOptions extends VaultOptions {
  use: 'create' | 'change'
  /** What the time is; of a folder that says so itself, by its database. */
  clock: Clock | ((vault: Vault) => Promise<Clock>)
  durability: Durability
}

/** A data folder, open: everything below the network. */
export interface Engine {
  clock: Clock
  random: Random
  logger: Logger
  store: Store
  hierarchy: Hierarchy
  directory: Directory
  auditor: Auditor
  keyUses: KeyUses
  accessKeyUses: AccessKeyUses
  roleUses: RoleUses
  /** Where slow cryptography runs. */
  threads: CryptoThreads
  close(): Promise<void>
}

/** The database of a data folder and the keys above it, open. */
export interface Vault {
  store: Store
  hierarchy: Hierarchy
  random: Random
  /** What the inspection found before the database was opened; a new database is not inspected. */
  inspected?: LedgerReport
  close(): Promise<void>
}

/** Unwrapped key material held in memory, in keys. */
const KEYRING_KEYS = 50_000

export interface VaultOptions {
  folder: string
  root: UnsealedRoot
  logger: Logger
  use: Use
}

/** Opens the database of a data folder under its root. The root is destroyed on close, also when opening fails. */
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
    const hierarchy = await openHierarchy({ root, store, random, ledger, limits: { keyring: KEYRING_KEYS } })
    return { store, hierarchy, random, ...(inspected && { inspected }), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Opens a data folder under its root. What an earlier process left unfinished in the audit log is settled first. */
export async function openEngine({ clock: given, durability, ...options }: EngineOptions): Promise<Engine> {
  const { folder, logger } = options
  const vault = await openVault(options)
  try {
    const clock = typeof given === 'function' ? await given(vault) : given
    const signer = await openAuditKey(vault)
    const crypto = { sha256, verifier: auditVerifier }
    const log = { folder: dataPaths(folder).audit, clock, logger, durability, signer, crypto }
    const auditor = await openAuditLog({ ...vault, ...log })
    const directory = new Directory(vault.store, vault.hierarchy)
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
