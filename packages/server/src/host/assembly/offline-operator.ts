import { systemRandom } from '../../crypto/random.ts'
import { everyAccount } from '../../identity/directory/everybody.ts'
import { replaceLostAuditKey } from '../../audit/audit-key.ts'
import { type DataFolder, type Engine, openEngine, sealedFolder, type Vault, withVault } from './open.ts'
import type { IssuedAdministrator } from '../../identity/accounts/administrator.ts'
import type { AccountRecord } from '../../vault/records/account.ts'
import type { ServiceRecord } from '../../vault/records/principal.ts'
import type { Stop } from '../../domain/keys/seen-time.ts'
import type { AuditReport } from '../../audit/report.ts'
import { acceptAuditLoss } from '../../admin/operator/accept-audit-loss.ts'
import { type Accepted, acceptDatabase } from '../../admin/operator/accept-database.ts'
import {
  accessKeys,
  createAccessKey,
  type CreatedAccessKey,
  disableAccessKey,
  enableAccessKey,
  type ListedAccessKey,
} from '../../admin/operator/access-keys.ts'
import { createAccount, type CreatedAccount } from '../../admin/operator/accounts.ts'
import { confirmStop, knownStops } from '../../admin/operator/confirm-clock.ts'
import type { Finding } from '../../admin/operator/doctor/check.ts'
import type { OperatorContext } from '../../admin/operator/deed.ts'
import { operatorAccount, unwrittenOperatorAccount, operatorOfProcess } from '../../admin/operator/operator-account.ts'
import { quorumRules, removeQuorumRule } from '../../admin/operator/quorum-rules.ts'
import type { QuorumRule } from '../../domain/policy/quorum.ts'
import { addRegion, type ListedRegion, regions, removeRegion } from '../../admin/operator/regions.ts'
import { type RateChange, type RequestRate, requestRates, setRequestRate } from '../../admin/operator/request-rates.ts'
import { recoverAdministrator } from '../../admin/operator/recover-administrator.ts'
import {
  type ListedDomain,
  listedDomains,
  type RotatedDomain,
  rotateDomain,
} from '../../admin/operator/rotate-domain.ts'
import { createService, type IssuedService, services, setServiceEnabled } from '../../admin/operator/services.ts'
import type { Logger } from '../../platform/logger.ts'
import { standardErrorLogger } from '../../platform/log/line-logger.ts'
import type { Answers } from '../../vault/root/ways/kind.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { examineFolder } from './doctor.ts'
import { RollbackError } from '../../audit/rollback-error.ts'
import type { AcceptedRollback } from '../../admin/operator/rollback/accept-rollback.ts'
import type { AcceptingRollback } from './accept-rollback.ts'
import { undoUpgrade, type Upgraded, upgradeFolder } from './upgrade/upgrade.ts'
import { verifyOpen } from './offline.ts'
import { type AddedWay, addRootWay, type NewRootWay, openedByOthers } from './root-ways.ts'
import { type RootStatus, rootStatus } from './root-status.ts'
import { type MovedWay, moveRootWay, type RemovedWay, removeRootWay } from './change-root-ways.ts'
import { type RotatedRoot, rotateRoot } from './rotate-root.ts'
import { randomAccountId } from './initialize.ts'
import type { Moved } from '../../vault/records/domain-rotations.ts'

/** An account, as operators see it. */
export interface ListedAccount extends AccountRecord {
  /** Whether `keyhold init` created it. */
  isOperators: boolean
}

/** The subcommands of `keyhold operator` that change accounts, identities and limits. */
export const operator = Object.freeze({
  createAccount: (
    folder: DataFolder,
    {
      accountId = randomAccountId(systemRandom),
      userName = 'administrator',
      acceptAccess,
    }: { accountId?: string; userName?: string; acceptAccess?: boolean },
  ): Promise<CreatedAccount> =>
    asOperator(folder, async (context) =>
      createAccount({ accountId, userName, acceptAccess }, context, await unwrittenOperatorAccount(context)),
    ),

  accounts: (folder: DataFolder): Promise<ListedAccount[]> =>
    looking(folder, async (vault) => {
      const own = await operatorAccount(vault)
      return (await everyAccount(vault)).map((account) => ({ ...account, isOperators: account.accountId === own }))
    }),

  recoverAdministrator: (
    folder: DataFolder,
    wanted: { accountId: string; userName?: string },
  ): Promise<IssuedAdministrator> => asOperator(folder, (context) => recoverAdministrator(wanted, context)),

  createService: (folder: DataFolder, name: string): Promise<IssuedService> =>
    asOperator(folder, (context) => createService(name, context)),

  services: (folder: DataFolder): Promise<ServiceRecord[]> => looking(folder, services),

  setServiceEnabled: (folder: DataFolder, name: string, enabled: boolean): Promise<boolean> =>
    asOperator(folder, (context) => setServiceEnabled(name, enabled, context)),

  accessKeys: (folder: DataFolder): Promise<ListedAccessKey[]> =>
    looking(folder, (vault) => Array.fromAsync(accessKeys(vault))),

  createAccessKey: (folder: DataFolder, owner: string): Promise<CreatedAccessKey> =>
    asOperator(folder, (context) => createAccessKey(owner, context)),

  enableAccessKey: (folder: DataFolder, accessKeyId: string): Promise<boolean> =>
    asOperator(folder, (context) => enableAccessKey(accessKeyId, context)),

  disableAccessKey: (folder: DataFolder, accessKeyId: string, options: { andSessions: boolean }): Promise<boolean> =>
    asOperator(folder, (context) => disableAccessKey(accessKeyId, options, context)),

  /** Calls `found` for each finding. Reads everything: all rows, all sealed secrets and the whole audit log. */
  doctor: (folder: DataFolder, found: (finding: Finding) => void): Promise<void> =>
    examineFolder(folder, { logger: standardErrorLogger('warn'), found }),

  /** Brings a folder that an earlier Keyhold made up to date, and keeps it as it was beside it. */
  upgrade: (folder: DataFolder): Promise<Upgraded> => upgradeFolder(...partsOf(folder)),

  /** Puts a folder back as it was before its upgrade. Resolves with where the upgraded one is. */
  undoUpgrade: (named: DataFolder, { loseChanges }: { loseChanges: boolean }): Promise<string> => {
    const [folder, options] = partsOf(named)
    return undoUpgrade(folder, { loseChanges, ...options })
  },

  /** Accepts the present rows in place of those that the ledger has. Resolves with the contradictions. */
  acceptDatabase: accept,

  /** Accepts the loss of records after a power failure. Resolves with the state of the log after that. */
  acceptAuditLoss: (folder: DataFolder): Promise<AuditReport> =>
    asOperator(folder, (context, engine) => acceptAuditLoss(context, () => verifyOpen(engine))),

  /**
   * Accepts a database that was put back to an older state, and makes again what the audit log has of later changes. `audit`:
   * audit folders of this data folder that survived elsewhere. Resolves with `undefined` if the database is the newest.
   */
  acceptRollback: async (folder: DataFolder, where: AcceptingRollback = {}): Promise<AcceptedRollback | undefined> => {
    const { acceptRollbackOf } = await import('./accept-rollback.ts')
    return acceptRollbackOf(folder, where)
  },

  /** The quorum rules of all accounts. */
  quorumRules: (folder: DataFolder): Promise<QuorumRule[]> => looking(folder, quorumRules),

  /** Removes a rule without its approvers. Running servers follow at once. */
  removeQuorumRule: (folder: DataFolder, rule: Pick<QuorumRule, 'accountId' | 'ruleName'>): Promise<QuorumRule> =>
    asOperator(folder, (context) => removeQuorumRule(rule, context)),

  /** When the service was stopped, as far as its clock shows. */
  stops: (folder: DataFolder): Promise<readonly Stop[]> => looking(folder, knownStops),

  /** Running servers on the folder use the new value at once. */
  confirmStop: (folder: DataFolder, number: number, { counts }: { counts: boolean }): Promise<Stop> =>
    asOperator(folder, (context) => confirmStop(number, counts, context)),

  /** Gives the root its next generation. No server may run on the folder. The second opening relays the record of it. */
  rotateRoot: async (folder: DataFolder): Promise<RotatedRoot> => {
    const rotated = await rotateRoot(folder, standardErrorLogger('warn'))
    await asOperator(folder, () => Promise.resolve())
    return rotated
  },

  /** The keys of Regions, and the one of what belongs to none. */
  domains: (folder: DataFolder): Promise<ListedDomain[]> => looking(folder, listedDomains),

  /** Running servers on the folder use the new key at once. `tell` is called after each step. */
  rotateDomain: (
    folder: DataFolder,
    wanted: { domain: string; resume: boolean; tell?: (moved: Moved) => void },
  ): Promise<RotatedDomain> => asOperator(folder, (context, engine) => rotateDomain(wanted, { ...engine, ...context })),

  /** Every way to the root; with `check`, those that need no person are tried. */
  rootStatus: (folder: DataFolder, how: { check: boolean }): Promise<RootStatus> =>
    looking(folder, (vault) => rootStatus(folder, vault, how)),

  /** Removes a way to the root. Running servers go on. */
  removeRootWay: (folder: DataFolder, wanted: { way: string; destroy?: boolean }): Promise<RemovedWay> =>
    asOperator(folder, (_, engine) => removeRootWay(folder, wanted, engine)),

  /** Moves a way to a new root file. Running servers go on. */
  moveRootWay: (folder: DataFolder, wanted: { way: string; file: string }): Promise<MovedWay> =>
    asOperator(folder, (_, engine) => moveRootWay(folder, wanted, engine)),

  /** Makes a way to the root. Running servers go on, and use it the next time. */
  addRootWay: (folder: DataFolder, way: NewRootWay): Promise<AddedWay> =>
    asOperator(openedByOthers(folder), (_, engine) => addRootWay(folder, way, engine)),

  requestRates: (folder: DataFolder): Promise<RequestRate[]> => looking(folder, requestRates),

  regions: (folder: DataFolder): Promise<ListedRegion[]> => looking(folder, regions),

  /** Running servers on the folder use the new value at once. */
  addRegion: (folder: DataFolder, region: string): Promise<boolean> =>
    asOperator(folder, (context) => addRegion(region, context)),

  removeRegion: (folder: DataFolder, region: string): Promise<void> =>
    asOperator(folder, (context) => removeRegion(region, context)),

  /** Running servers on the folder use the new value at once. */
  setRequestRate: (folder: DataFolder, change: RateChange): Promise<void> =>
    asOperator(folder, (context) => setRequestRate(change, context)),
})

/**
 * Accepts the present rows. The second opening relays the record of it into the audit log; of a database that is an older one
 * as well, that waits until that is accepted: `isOlder` says why.
 */
async function accept(folder: DataFolder): Promise<Accepted & { isOlder?: string }> {
  const report = await withVault(
    folder,
    { mode: 'serve', use: 'accept', logger: standardErrorLogger('warn') },
    async (vault) => {
      const found = await acceptDatabase({ ...vault, clock: systemClock, operator: operatorOfProcess() })
      await replaceLostAuditKey(vault)
      return found
    },
  )
  try {
    await asOperator(folder, () => Promise.resolve())
  } catch (error) {
    if (!(error instanceof RollbackError)) throw error
    return { ...report, isOlder: error.message }
  }
  return report
}

function partsOf(named: DataFolder): [folder: string, options: { answers?: Answers; logger: Logger }] {
  const logger = standardErrorLogger('warn')
  if (typeof named === 'string') return [named, { logger }]
  return [named.folder, { logger, ...(named.answers && { answers: named.answers }) }]
}

/** Opens the database without an audit stream, for code that only reads. */
export function looking<T>(folder: DataFolder, look: (vault: Vault) => Promise<T>): Promise<T> {
  return withVault(folder, { use: 'look', logger: standardErrorLogger('warn') }, look)
}

/** Opens a folder of `keyhold init` with its root of trust, as a process with an audit stream of its own. */
export async function asOperator<T>(
  folder: DataFolder,
  act: (context: OperatorContext, engine: Engine) => Promise<T>,
): Promise<T> {
  const options = {
    use: 'change',
    clock: systemClock,
    durability: 'fsync',
    logger: standardErrorLogger('warn'),
    rollback: {},
  } as const
  const engine = await openEngine(await sealedFolder(folder, 'serve'), options)
  try {
    return await act({ ...engine, operator: operatorOfProcess() }, engine)
  } finally {
    await engine.close()
  }
}
