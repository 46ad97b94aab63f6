import { openCanaries } from '../../backup/canaries.ts'
import { BackupError } from '../../backup/backup-error.ts'
import { type Description, sealMessage } from '../../backup/description.ts'
import { chainIn } from '../../backup/chain.ts'
import { type Unpacked, unpackChain } from '../../backup/unpack.ts'
import { equalInConstantTime } from '../../crypto/constant-time.ts'
import { systemRandom } from '../../crypto/random.ts'
import type { Logger } from '../../platform/logger.ts'
import { unsealMaterial } from '../../vault/hierarchy/material.ts'
import { materialTable } from '../../vault/records/material.ts'
import type { UnsealedRoot } from '../../vault/root/root.ts'
import { providersOf } from '../../vault/root/providers.ts'
import { readWays } from '../../vault/root/ways/folder.ts'
import type { Answers } from '../../vault/root/ways/kind.ts'
import { kindNamed } from '../../vault/root/ways/kinds.ts'
import { wayProvider } from '../../vault/root/ways/open-way.ts'
import { everyRow } from '../../vault/storage/page.ts'
import { verifyOpen } from './offline.ts'
import { openVault, type SealedFolder, sealedFolder, type Vault } from './open.ts'

/** What opens a backup, and then the root in it. */
export interface BackupKeys {
  /** Age identities, `AGE-SECRET-KEY-…`: each opens the backups of its recipient. */
  identities: readonly string[]
  /** What opens a way to the root, or the root itself. */
  answers: Answers
}

/** What was checked of a backup that was unpacked. */
export interface CheckedBackup {
  description: Description
  /** Of the file of the newest, in hex. */
  sha256: string
  /** How many backups it took: the full one, and what continues it. */
  backups: number
  rows: number
  records: number
  /** The domains whose canaries opened. */
  domains: readonly string[]
  /** How many stored materials were opened. */
  materials: number
}

interface Unpacking {
  from: readonly string[]
  folder: string
  keys: BackupKeys
  /** Backups of other roots in a folder are passed over. */
  rootId?: string
  logger: Logger
}

/** As many as show that key material opens, and not so many that a drill takes hours. */
const MATERIALS = 1000

/**
 * Unpacks backups into an empty folder and checks everything that can be checked of them: each byte, the root's MAC over each, the
 * database against its ledger, the audit log against its heads and the database, and that canaries and key material open. Calls
 * `use` with the open vault. Throws BackupError, RootError, StorageError or IntegrityError.
 */
export async function withUnpacked<T>(
  { from, folder, keys, rootId, logger }: Unpacking,
  use: (checked: CheckedBackup, vault: Vault) => Promise<T>,
): Promise<T> {
  const chain = await chainIn(from, keys.identities, rootId)
  const unpacked = unpackChain(chain, folder)
  const vault = await openVault(await foreignFolder(folder, keys.answers), { use: 'look', logger })
  try {
    await requireSealed(unpacked, vault.root)
    requireSound(vault)
    const { records, problems } = await verifyOpen(vault)
    if (problems.length > 0) {
      const found = problems.map(({ stream, message }) => `${stream}: ${message}`)
      throw new BackupError('damaged', `The audit log in the backup is not sound. ${found.slice(0, 5).join(' ')}`)
    }
    const checked = {
      description: unpacked.description,
      sha256: unpacked.sha256,
      backups: chain.length,
      rows: Object.values(vault.inspected?.found ?? {}).reduce((sum, rows) => sum + rows, 0),
      records,
      domains: await openCanaries(unpacked.canaries, vault.hierarchy),
      materials: await openMaterials(vault),
    }
    return await use(checked, vault)
  } finally {
    await vault.close()
  }
}

/**
 * A data folder that came from elsewhere: only what is given opens its root. Neither the root files that it names are tried, nor its
 * ways that open by themselves: on the machine of the running service they would open, and show nothing.
 */
async function foreignFolder(folder: string, answers: Answers): Promise<SealedFolder> {
  const sealed = await sealedFolder(folder, 'serve')
  const { rootFiles = [] } = answers
  const given = await providersOf({ folder, places: [], answers: { rootFiles }, random: systemRandom })
  const { ways } = await readWays(folder)
  const kinds = await Promise.all(ways.map(async (way) => ({ way, kind: await kindNamed(way.kind) })))
  const waiting = kinds.filter(({ way, kind }) => kind?.needsPerson(way.parameters) === true)
  const asked = waiting.map(({ way }) => wayProvider(way, { folder, random: systemRandom, answers }))
  return { ...sealed, providers: [...given.slice(0, rootFiles.length), ...asked] }
}

/** Who has a recipient can write a backup to it; who has not the root cannot seal one. */
async function requireSealed({ seals }: Unpacked, root: UnsealedRoot): Promise<void> {
  for (const { description, seal } of seals) {
    const { backupId, rootId, rootGeneration } = description
    const isHeld = rootId === root.id && root.generations.includes(rootGeneration)
    const mac = isHeld ? await root.mac(['backup'], sealMessage(backupId, seal.members), rootGeneration) : undefined
    if (mac !== undefined && equalInConstantTime(mac, Buffer.from(seal.mac, 'base64'))) continue
    throw new BackupError(
      'foreign',
      `The root of trust ${root.id} did not make the backup ${backupId}: it is of another data folder, or forged.`,
    )
  }
}

function requireSound({ inspected }: Vault): void {
  const problems = inspected?.problems ?? []
  if (problems.length > 0)
    throw new BackupError('damaged', `The database in the backup contradicts its ledger. ${problems.join(' ')}`)
}

/** Opens the first materials of each page of the table, so that keys of all Regions are among them. */
async function openMaterials({ records, hierarchy }: Vault): Promise<number> {
  let opened = 0
  for await (const row of everyRow((page) => records.list(materialTable, page))) {
    const { sealed, id } = row
    if (sealed === undefined) continue
    ;(await unsealMaterial(hierarchy, id, sealed)).wipe()
    opened += 1
    if (opened === MATERIALS) break
  }
  return opened
}
