import { resolve } from 'node:path'
import { Changeset } from '../../../vault/records/changeset.ts'
import { putSetting, settingTable } from '../../../vault/records/setting.ts'
import type { Answers } from '../../../vault/root/ways/kind.ts'
import { dataPaths } from '../../../vault/storage/data-folder.ts'
import { StorageError } from '../../../vault/storage/storage-error.ts'
import { commitDeed } from '../../../admin/operator/deed.ts'
import type { Finding } from '../../../admin/operator/doctor/check.ts'
import { accountOfAcceptance, operatorOfProcess } from '../../../admin/operator/operator-account.ts'
import { OperatorError } from '../../../admin/operator/operator-error.ts'
import { diskFiles } from '../../../audit/file-layer.ts'
import { fileOwner } from '../../../audit/file-owner.ts'
import { listStreams } from '../../../audit/layout.ts'
import type { Logger } from '../../../platform/logger.ts'
import { systemClock } from '../../../platform/system-clock.ts'
import { examineFolder } from '../doctor.ts'
import { bindReferences } from '../earlier-builds/bind-references.ts'
import { relistGrants } from '../earlier-builds/relist-grants.ts'
import { type DataFolder, openEngine, openVault, type SealedFolder, sealedFolder } from '../open.ts'
import { hasEarlier, isThere, keepEarlier, noteUpgrade, putBackEarlier, readUpgradeNote } from './earlier-copy.ts'

export interface UpgradeOptions {
  answers?: Answers
  logger: Logger
}

/** What became of a data folder. */
export interface Upgraded {
  /** Where the folder is as it was; absent if it needed nothing. */
  earlier?: string
}

/** The setting that says when the folder was brought up to date last. */
const SETTING = 'upgraded'

/**
 * Brings a data folder that an earlier Keyhold made up to date: keeps a copy of it as it was, changes it, and examines everything
 * in it. When something is wrong then, or a step fails, the folder is put back as it was. A call that was interrupted is finished by
 * the next one. Throws OperatorError while a process writes to the folder.
 */
export async function upgradeFolder(named: string, options: UpgradeOptions): Promise<Upgraded> {
  const folder = resolve(named)
  const sealed = await sealedFolder(opening(folder, options))
  const isOlder = await isOfEarlierBuild(sealed, options.logger)
  if (!isOlder && !(await isUnfinished(folder))) return {}
  await requireNoWriter(folder)
  const earlier = await keepEarlier(folder)
  try {
    const revision = await bringUpToDate(sealed, options.logger)
    await requireSound(folder, options)
    await noteUpgrade(folder, { revision, timeMs: systemClock.now() })
    return { earlier }
  } catch (error) {
    const why = Error.isError(error) ? error.message : String(error)
    // The service may have changed it since an earlier call brought it up to date.
    if (!isOlder) throw new OperatorError(`The upgrade did not end: ${why} The folder before it is ${earlier}.`)
    const kept = await putBackEarlier(folder)
    throw new OperatorError(
      `The data folder is as it was, since the upgrade failed: ${why} What it made is in ${kept}.`,
    )
  }
}

function opening(folder: string, { answers }: Pick<UpgradeOptions, 'answers'>): DataFolder {
  return answers === undefined ? folder : { folder, answers }
}

/**
 * Puts a data folder back as it was before its upgrade. Resolves with where the upgraded one is kept. Throws OperatorError where
 * there is no copy, and where the service changed something since, unless that may be lost.
 */
export async function undoUpgrade(
  named: string,
  { answers, logger, loseChanges }: UpgradeOptions & { loseChanges: boolean },
): Promise<string> {
  const folder = resolve(named)
  if (!(await hasEarlier(folder)))
    throw new OperatorError('There is no copy of this data folder from before an upgrade.')
  // No server starts without a folder, and one that runs is to be stopped before its changes are counted.
  if (await isThere(folder)) await requireNoWriter(folder)
  if (!loseChanges) await requireUnchanged(folder, { ...(answers && { answers }), logger })
  return putBackEarlier(folder)
}

async function isOfEarlierBuild(sealed: SealedFolder, logger: Logger): Promise<boolean> {
  try {
    const vault = await openVault(sealed, { use: 'look', logger })
    await vault.close()
    return false
  } catch (error) {
    if (error instanceof StorageError && error.code === 'older-schema') return true
    throw error
  }
}

async function isUnfinished(folder: string): Promise<boolean> {
  return (await hasEarlier(folder)) && (await readUpgradeNote(folder)) === undefined
}

/** Throws OperatorError if undoing the upgrade loses changes, or may. A call that was killed left no folder to look at. */
async function requireUnchanged(folder: string, { answers, logger }: UpgradeOptions): Promise<void> {
  if (!(await isThere(folder))) return
  const note = await readUpgradeNote(folder)
  const sealed = await sealedFolder(opening(folder, { answers }))
  if (note === undefined) {
    if (await isOfEarlierBuild(sealed, logger)) return
    throw new OperatorError(
      'The upgrade did not end, and what was changed since cannot be told: it would be lost. End it with keyhold operator upgrade, or say --lose-changes if it may be.',
    )
  }
  const changes = (await revisionOf(sealed, logger)) - note.revision
  if (changes <= 0) return
  throw new OperatorError(
    `${changes} changes were made since the upgrade, such as new keys: they would be lost. Say --lose-changes if they may be.`,
  )
}

async function requireNoWriter(folder: string): Promise<void> {
  const { audit } = dataPaths(folder)
  const owner = fileOwner(audit, diskFiles)
  const { streams } = await listStreams(audit)
  const alive = await Promise.all(streams.map((stream) => owner.isAlive(stream)))
  if (alive.includes(true)) throw new OperatorError('A server runs on the data folder. Stop it, and run this again.')
}

/** Resolves with the newest commit. */
async function bringUpToDate(sealed: SealedFolder, logger: Logger): Promise<number> {
  const engine = await openEngine(sealed, { use: 'upgrade', clock: systemClock, durability: 'fsync', logger })
  try {
    await bindReferences(engine)
    await relistGrants(engine)
    const context = { ...engine, operator: operatorOfProcess() }
    const changes = new Changeset()
    const previous = await engine.records.get(settingTable, { name: SETTING })
    const time = new Date(systemClock.now()).toISOString()
    putSetting({ name: SETTING, text: JSON.stringify({ time }) }, previous, changes)
    const accountId = await accountOfAcceptance(context)
    await commitDeed({ name: 'UpgradeDataFolder', service: 'kms', accountId, request: {} }, changes, context)
  } finally {
    await engine.close()
  }
  return revisionOf(sealed, logger)
}

async function revisionOf(sealed: SealedFolder, logger: Logger): Promise<number> {
  const vault = await openVault(sealed, { use: 'look', logger })
  try {
    return (await vault.store.ledger())?.revision ?? 0
  } finally {
    await vault.close()
  }
}

/** Throws OperatorError with what is wrong. What was wrong before the upgrade is among it: it is to be settled first. */
async function requireSound(folder: string, options: UpgradeOptions): Promise<void> {
  const wrong: Finding[] = []
  const found = (finding: Finding): void => {
    if (finding.weight === 'wrong' && DECIDING.has(finding.check)) wrong.push(finding)
  }
  await examineFolder(folder, { ...options, found })
  if (wrong.length > 0) throw new OperatorError(wrong.map(({ message }) => message).join(' '))
}

/** What an upgrade could break. Other findings, such as modes of files, are there before and after. */
const DECIDING: ReadonlySet<string> = new Set(['opens', 'changed-database', 'damaged-rows', 'orphans', 'audit-log'])
