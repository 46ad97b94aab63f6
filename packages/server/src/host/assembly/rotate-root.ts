import { encodeLine } from '../../audit/lines.ts'
import { recordOf } from '../../admin/operator/deed.ts'
import { accountOfAcceptance, operatorOfProcess } from '../../admin/operator/operator-account.ts'
import { OperatorError } from '../../admin/operator/operator-error.ts'
import { systemRandom } from '../../crypto/random.ts'
import type { Logger } from '../../platform/logger.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { withNewestGeneration, withNextGeneration } from '../../vault/root/keyed-root.ts'
import { unsealByAny } from '../../vault/root/providers.ts'
import { isHeldOtherwise, requireHolders, rewriteHolders, type RootHolders } from '../../vault/root/rewrite-root.ts'
import type { UnsealedRoot } from '../../vault/root/root.ts'
import { RootError } from '../../vault/root/root-error.ts'
import { readWays } from '../../vault/root/ways/folder.ts'
import { removedWays } from '../../vault/records/removed-ways.ts'
import { openDataFolder, rootPlaces } from '../../vault/storage/data-folder.ts'
import { StorageError } from '../../vault/storage/storage-error.ts'
import {
  bringUnderRoot,
  type DataFolder,
  openVault,
  requireAlone,
  rootOfDatabase,
  type SealedFolder,
  sealedFolder,
} from './open.ts'

/** A root that was rotated. */
export interface RotatedRoot {
  generation: number
  /** Whether an earlier rotation had been interrupted, and was brought to its end. */
  resumed: boolean
}

/**
 * Gives a data folder the next generation of its root, or brings a rotation that was interrupted to its end. No server may run on the
 * folder. A crash after any step leaves a folder that opens:
 *
 * 1. Every way and root file gets both generations.
 * 2. One transaction wraps all domain keys by the new one and brings the ledger under it.
 * 3. Every way and root file gets the new one alone. The old one is gone then.
 *
 * Which steps are left is read from the files themselves. Rejects with RootError, and changes nothing, where something that holds the
 * root cannot be written, and with OperatorError while another process has the database open.
 */
export async function rotateRoot(named: DataFolder, logger: Logger): Promise<RotatedRoot> {
  const sealed = await sealedFolder(named, 'serve')
  const { folder } = sealed
  const holders = { folder, places: rootPlaces(await openDataFolder(folder, 'serve')), random: systemRandom }
  const root = await unsealByAny(sealed.providers, sealed.rootId, logger)
  const roots = [root]
  try {
    await requireNoneRemoved(sealed, logger)
    await requireHolders(root, holders)
    const current = await rootOfDatabase(root, sealed)
    roots.push(current)
    const resumed = root.generations.length > 1 || (await isHeldOtherwise(root, holders))
    const both = resumed ? root : withNextGeneration(root, systemRandom)
    const next = withNewestGeneration(both, systemRandom)
    roots.push(both, next)
    if (current.generation !== next.generation) await bringUnder(next, { both, current, sealed, holders, logger })
    await rewriteHolders(next, holders)
    return { generation: next.generation, resumed }
  } finally {
    for (const one of roots) await one.destroy()
  }
}

/** Rejects with RootError where the file of a way that was removed is there again: the new root would be written to it. */
async function requireNoneRemoved(sealed: SealedFolder, logger: Logger): Promise<void> {
  const { ways } = await readWays(sealed.folder)
  if (ways.length === 0) return
  const vault = await openVault(sealed, { use: 'look', logger })
  try {
    const removed = await removedWays(vault.records)
    const back = ways.find(({ id }) => removed.has(id))
    if (back === undefined) return
    const advice = `Remove it again with: keyhold operator root remove ${back.id}`
    throw new RootError('refused', `The way ${back.name} was removed, and its file is there again. ${advice}`)
  } finally {
    await vault.close()
  }
}

interface Step {
  both: UnsealedRoot
  current: UnsealedRoot
  sealed: SealedFolder
  holders: RootHolders
  logger: Logger
}

async function bringUnder(next: UnsealedRoot, { both, current, sealed, holders, logger }: Step): Promise<void> {
  const commit = await rewrapping(next, sealed, logger)
  await alone(() => requireAlone(sealed))
  await rewriteHolders(both, holders)
  await alone(() => bringUnderRoot(sealed, { from: current, to: next, commit }))
}

async function alone(act: () => void | Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'busy') throw error
    throw new OperatorError('A server or another command has the folder open. Stop it, and run this again.')
  }
}

type Rewrapping = Parameters<typeof bringUnderRoot>[1]['commit']

/** What the database's transaction changes beside its ledger: the domain keys, with the record of it. */
async function rewrapping(next: UnsealedRoot, sealed: SealedFolder, logger: Logger): Promise<Rewrapping> {
  const vault = await openVault(sealed, { use: 'change', logger })
  try {
    const put = await vault.hierarchy.rewrappedKeys(next)
    const accountId = await accountOfAcceptance(vault)
    const context = { clock: systemClock, random: systemRandom, operator: operatorOfProcess() }
    const request = { generation: next.generation }
    const record = recordOf({ name: 'RotateRoot', service: 'kms', accountId, request }, context)
    const entry = { eventId: record.eventId, record: encodeLine('record', record) }
    return { id: systemRandom.uuid(), expect: [], put, delete: [], audit: [entry] }
  } finally {
    await vault.close()
  }
}
