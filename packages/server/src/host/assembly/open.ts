import { resolve } from 'node:path'
import { openAuditKey } from '../../audit/audit-key.ts'
import type { Durability } from '../../audit/auditor.ts'
import { type AuditLog, openAuditLog } from '../../audit/audit-log.ts'
import type { HeadSigner } from '../../audit/ports.ts'
import { auditVerifier } from '../../crypto/audit-signature.ts'
import { systemRandom } from '../../crypto/random.ts'
import { sha256 } from '../../crypto/sha256.ts'
import { CryptoThreads } from '../../crypto/workers/crypto-threads.ts'
import { AccessKeyUses } from '../../identity/accounts/access-key-uses.ts'
import { RoleUses } from '../../identity/accounts/role-uses.ts'
import { Directory } from '../../identity/directory/directory.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import { opening } from '../../platform/opening.ts'
import type { Random } from '../../platform/random.ts'
import { KeyUses } from '../../services/kms/keys/key-uses.ts'
import { type Hierarchy, openHierarchy } from '../../vault/hierarchy/hierarchy.ts'
import { DomainRotations } from '../../vault/records/domain-rotations.ts'
import { Records } from '../../vault/records/records.ts'
import { domainOf } from '../../vault/records/tables.ts'
import { providersOf, reportFalseWays, unsealByAny } from '../../vault/root/providers.ts'
import { withNewestGeneration } from '../../vault/root/keyed-root.ts'
import type { RootProvider, UnsealedRoot } from '../../vault/root/root.ts'
import { noteOpened } from '../../vault/root/ways/opened-note.ts'
import type { Answers } from '../../vault/root/ways/kind.ts'
import {
  dataPaths,
  type Manifest,
  openDataFolder,
  rootPlaces,
  type StoreKind,
} from '../../vault/storage/data-folder.ts'
import { guardFromRollback, type RollbackGuard } from './rollback-guard.ts'
import { ledgerKeyIn, openStore, rekeyStore, requireStoreAlone } from '../../vault/storage/open-store.ts'
import type { Use } from '../../vault/storage/opened-store.ts'
import type { LedgerReport } from '../../vault/storage/journal.ts'
import type { Commit, Store } from '../../vault/storage/store.ts'

/**
 * Opens data folders, step by step: the manifest says which root and which store; the root opens the store; both open the
 * hierarchy, which is the vault; the audit log and the rest make it an engine. Each step hands on what the next one needs, and
 * what is open closes in reverse order, also when a later step fails.
 */

/** A data folder as a caller names it: by its path alone, or with what may help to open its root of trust. */
export type DataFolder = string | { folder: string; answers?: Answers }

/** A data folder that is not open: which store it has, and what may open its root. */
export interface SealedFolder {
  folder: string
  store: StoreKind
  rootId: string
  providers: readonly RootProvider[]
}

/** The rows of a data folder and the keys above them, open. */
export interface Vault {
  folder: string
  store: Store
  hierarchy: Hierarchy
  records: Records
  rotations: DomainRotations
  /** What authenticates and wraps, open as long as this is. */
  root: UnsealedRoot
  random: Random
  /** What the inspection found before the database was opened; a new database is not inspected. */
  inspected?: LedgerReport
  /** The way that opened the root; absent where the manifest or a caller named the root itself. */
  openedBy?: string
  close(): Promise<void>
}

/** A data folder, open: everything below the network. */
export interface Engine extends Omit<Vault, 'inspected'> {
  clock: Clock
  logger: Logger
  directory: Directory
  auditor: AuditLog
  keyUses: KeyUses
  accessKeyUses: AccessKeyUses
  roleUses: RoleUses
  /** Where slow cryptography runs. */
  threads: CryptoThreads
  /** Signs with the key of the audit log. */
  signer: HeadSigner
}

export interface VaultOptions {
  use: Use
  logger: Logger
}

export interface EngineOptions extends VaultOptions {
  use: 'create' | 'change' | 'upgrade'
  /** What the time is; of a folder that says so itself, by its database. */
  clock: Clock | ((vault: Vault) => Promise<Clock>)
  durability: Durability
  /** How a database that was put back is noticed, and kept from being changed. Without it, none is. */
  rollback?: RollbackGuard
}

/** How many unwrapped keys are held in memory. */
const KEYRING = { keyring: 50_000 }

/**
 * Reads the manifest of a data folder, which is opened in this mode alone; in either if none is given, to look. Rejects with
 * DataFolderError when there is none, when it is of the other mode, and when others can read or write what is in the folder.
 */
export async function sealedFolder(named: DataFolder, mode?: Manifest['mode']): Promise<SealedFolder> {
  const { folder: path, answers = {} } = typeof named === 'string' ? { folder: named } : named
  const folder = resolve(path)
  const manifest = await openDataFolder(folder, mode)
  return {
    folder,
    store: manifest.store?.kind ?? 'sqlite',
    rootId: manifest.root.id,
    providers: await providersOf({
      folder,
      places: rootPlaces(manifest),
      random: systemRandom,
      answers,
    }),
  }
}

/** Opens the store of a data folder under its root. Rejects with RootError, StorageError or IntegrityError. */
export function openVault(
  { folder, store: kind, rootId, providers }: SealedFolder,
  { use, logger }: VaultOptions,
): Promise<Vault> {
  return opening(logger, async (opened) => {
    const random = systemRandom
    let openedBy: string | undefined
    const unsealing = unsealByAny(providers, rootId, logger, ({ wayId }) => (openedBy = wayId))
    const unsealed = opened.adopt(await unsealing, (open) => open.destroy())
    await reportFalseWays(folder, unsealed, logger)
    const root =
      unsealed.generations.length === 1
        ? unsealed
        : opened.adopt(await rootOfDatabase(unsealed, { folder, store: kind }), (open) => open.destroy())
    const { store, inspected } = await openStore(kind, { folder, use, ledgerKey: await root.ledgerKey(), logger })
    opened.defer(() => store.close())
    const ledger = use === 'accept' ? 'ignore' : 'begin'
    const hierarchy = await openHierarchy({ root, store, random, domainOf, ledger, limits: KEYRING })
    const records = new Records({ store, hierarchy, random })
    const rotations = new DomainRotations({ store, hierarchy, records, random })
    const close = (): Promise<void> => opened.disposeAsync()
    const more = { ...(inspected && { inspected }), ...(openedBy !== undefined && { openedBy }) }
    return { folder, store, hierarchy, records, rotations, root, random, ...more, close }
  })
}

/**
 * The one generation of the root that the database is under: while the root is rotated, what opens it may lead to two. Of a
 * database that is not there yet, or is damaged, the newest.
 */
export async function rootOfDatabase(
  root: UnsealedRoot,
  { folder, store }: Pick<SealedFolder, 'folder' | 'store'>,
): Promise<UnsealedRoot> {
  if (root.generations.length === 1) return withNewestGeneration(root, systemRandom)
  const keys = await Promise.all(root.generations.map((generation) => root.ledgerKey(generation)))
  const index = ledgerKeyIn(store, folder, keys) ?? 0
  return withNewestGeneration(root, systemRandom, root.generations[index])
}

/** Throws StorageError `busy` while another process has the database of a folder open. */
export function requireAlone({ folder, store }: SealedFolder): void {
  requireStoreAlone(store, folder)
}

/** Brings the database of a folder under another generation of its root: {@link rekeyStore}. */
export async function bringUnderRoot(
  { folder, store }: SealedFolder,
  { from, to, commit }: { from: UnsealedRoot; to: UnsealedRoot; commit: Commit },
): Promise<void> {
  rekeyStore(store, folder, { from: await from.ledgerKey(), to: await to.ledgerKey(), commit })
}

/** Opens a data folder. What an earlier process left unfinished in the audit log is settled first. */
export function openEngine(sealed: SealedFolder, options: EngineOptions): Promise<Engine> {
  const { logger, durability } = options
  return opening(logger, async (opened) => {
    const vault = opened.adopt(await openVault(sealed, options), ({ close }) => close())
    const clock = typeof options.clock === 'function' ? await options.clock(vault) : options.clock
    if (vault.openedBy !== undefined) await noteOpened(vault.folder, vault.openedBy, clock.now(), vault.random)
    const signer = await openAuditKey(vault)
    const crypto = { sha256, verifier: auditVerifier }
    const { rollback } = options
    if (rollback) {
      const checked = { ...vault, rootId: sealed.rootId, clock, logger, signer, crypto }
      opened.adopt(await guardFromRollback(checked, rollback), (keeper) => keeper.close())
    }
    const log = { folder: dataPaths(vault.folder).audit, clock, logger, durability, signer, crypto }
    const auditor = opened.adopt(await openAuditLog({ ...vault, ...log }), (open) => open.close())
    const memory = await emptyMemory({ ...vault, clock })
    const threads = opened.adopt(new CryptoThreads(), (open) => open.close())
    const close = (): Promise<void> => opened.disposeAsync()
    return { ...vault, clock, logger, auditor, ...memory, threads, signer, close }
  })
}

/** The parts of an engine that remember what they read, or what they were told and did not write yet. */
type Memory = Pick<Engine, 'directory' | 'keyUses' | 'accessKeyUses' | 'roleUses'>

async function emptyMemory(vault: Pick<Engine, 'store' | 'hierarchy' | 'records' | 'clock'>): Promise<Memory> {
  return {
    directory: new Directory(vault),
    keyUses: await KeyUses.open(vault.clock.now(), vault),
    accessKeyUses: new AccessKeyUses(vault),
    roleUses: new RoleUses(vault),
  }
}

/** The same engine, without anything that it remembers. The engine that is given must not be used any more. */
export async function forgetful(engine: Engine): Promise<Engine> {
  engine.hierarchy.forgetAll()
  return { ...engine, ...(await emptyMemory(engine)) }
}

/** Opens a data folder, of either mode unless one is given, for as long as `act` takes. */
export async function withVault<T>(
  named: DataFolder,
  { mode, ...options }: VaultOptions & { mode?: Manifest['mode'] },
  act: (vault: Vault) => Promise<T>,
): Promise<T> {
  const vault = await openVault(await sealedFolder(named, mode), options)
  try {
    return await act(vault)
  } finally {
    await vault.close()
  }
}
