import { readdir, rm } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { AWS_REGIONS } from '../../identity/authentication/region.ts'
import { systemRandom } from '../../crypto/random.ts'
import { openEngine, sealedFolder } from './open.ts'
import type { IssuedAdministrator } from '../../identity/accounts/administrator.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Random } from '../../platform/random.ts'
import { changeRecipients } from '../../admin/operator/backups.ts'
import { createAccount } from '../../admin/operator/accounts.ts'
import { operatorAccountSetting, operatorOfProcess } from '../../admin/operator/operator-account.ts'
import { regionsSetting, requireRegions } from '../../admin/operator/regions.ts'
import { requireRecipients } from '../../backup/recipients.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { createFileRoot, fileRoot } from '../../vault/root/file-root.ts'
import { addWay } from '../../vault/root/ways/change-ways.ts'
import { sharesKind } from '../../vault/root/ways/shares.ts'
import type { SharesSettings } from '../../vault/root/ways/shares/make.ts'
import { createDataFolder, DataFolderError, isEmptyFolder, realPlace } from '../../vault/storage/data-folder.ts'

/** The name of the way that the first recovery shares are. */
const RECOVERY = 'recovery'

/** The options of `keyhold init`. */
export interface InitializeOptions {
  folder: string
  /** What opens the data folder when its root file is lost: shares, in a set that is made now. With `none`, nothing does. */
  recovery: 'none' | SharesSettings
  /** Who can open backups, beside those who have recovery shares: age recipients. */
  backupRecipients?: readonly string[]
  /** Where to write the root of trust; by default `<folder>.root`, beside the folder. */
  rootFile?: string
  /** 12 digits; random by default. */
  accountId?: string
  /** The administrator's name; `administrator` by default. */
  userName?: string
  /** The available Regions, which signatures can be scoped to; those of AWS by default. */
  regions?: readonly string[]
}

/** What was created. The secret access key is not stored in plaintext anywhere else. */
export interface Initialized extends IssuedAdministrator {
  rootFile: string
}

/**
 * Creates a data folder, its root of trust and its first administrator. Rejects with DataFolderError or RootError if
 * the folder is not empty or the root file exists: nothing is ever replaced.
 */
export async function initializeFolder(options: InitializeOptions, logger: Logger): Promise<Initialized> {
  const folder = resolve(options.folder)
  const rootFile = resolve(options.rootFile ?? `${folder}.root`)
  const accountId = options.accountId ?? randomAccountId(systemRandom)
  if (!/^[0-9]{12}$/.test(accountId))
    throw new DataFolderError(`${accountId} is not an account id: account ids have 12 digits.`)
  const regions = requireRegions(options.regions ?? AWS_REGIONS)
  const { backupRecipients = [] } = options
  await requireRecipients(backupRecipients)
  if (!(await isEmptyFolder(folder))) {
    throw new DataFolderError(`${folder} is not empty. Name a folder that does not exist yet, or an empty one.`)
  }
  if (`${await realPlace(rootFile)}${sep}`.startsWith((await realPlace(folder)) + sep)) {
    throw new DataFolderError(
      `The root file must not be in the data folder: a copy of one would be a copy of both. Choose another place, such as ${dirname(folder)}.`,
    )
  }
  const id = await createFileRoot(rootFile, systemRandom)
  await createDataFolder(folder, { mode: 'serve', root: { id, file: rootFile } })
  if (options.recovery !== 'none') await addRecovery(options.recovery, { folder, rootFile, id })
  const how = { use: 'create', clock: systemClock, logger, durability: 'fsync' } as const
  const engine = await openEngine(await sealedFolder(folder, 'serve'), how)
  try {
    const wanted = { accountId, userName: options.userName ?? 'administrator' }
    const context = { ...engine, operator: operatorOfProcess() }
    const settings = [operatorAccountSetting(accountId), regionsSetting(regions)]
    const { namedAlready: _, ...issued } = await createAccount(wanted, context, settings)
    if (backupRecipients.length > 0) await changeRecipients({ add: backupRecipients }, context)
    return { ...issued, rootFile }
  } finally {
    await engine.close()
  }
}

/** Makes the recovery shares and hands them out. When that fails, as no one has them then, all that was made goes away again. */
async function addRecovery(
  settings: SharesSettings,
  { folder, rootFile, id }: { folder: string; rootFile: string; id: string },
): Promise<void> {
  const root = await fileRoot(rootFile, systemRandom).unseal(id)
  try {
    const change = { folder, root, random: systemRandom, clock: systemClock }
    await addWay({ kind: sharesKind, name: RECOVERY, settings }, change)
  } catch (error) {
    for (const made of await readdir(folder)) await rm(join(folder, made), { recursive: true })
    await rm(rootFile)
    throw error
  } finally {
    await root.destroy()
  }
}

/** Returns 12 digits without a leading zero, so that no tool removes leading zeros. */
export function randomAccountId(random: Random): string {
  const digits = new DataView(random.bytes(8).buffer.slice(0, 8)).getBigUint64(0) % 900_000_000_000n
  return String(100_000_000_000n + digits)
}
