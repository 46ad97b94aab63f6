import { resolve } from 'node:path'
import { systemRandom } from '../../crypto/random.ts'
import { Directory } from '../../identity/directory/directory.ts'
import { everyAccount } from '../../identity/directory/everybody.ts'
import { replaceLostAuditKey } from '../../audit/audit-key.ts'
import { openEngine, type Vault } from './engine.ts'
import type { IssuedAdministrator } from '../../identity/accounts/administrator.ts'
import type { AccountRecord, ServiceRecord } from '../../identity/accounts/records.ts'
import type { Stop } from '../../domain/keys/seen-time.ts'
import type { AuditReport } from '../../audit/report.ts'
import { acceptAuditLoss } from '../../admin/operator/accept-audit-loss.ts'
import { type Accepted, acceptDatabase } from '../../admin/operator/accept-database.ts'
import { accessKeys, disableAccessKey, type ListedAccessKey } from '../../admin/operator/access-keys.ts'
import { createAccount, type CreatedAccount } from '../../admin/operator/accounts.ts'
import { confirmStop, knownStops } from '../../admin/operator/confirm-clock.ts'
import type { Finding } from '../../admin/operator/doctor/check.ts'
import { examine } from '../../admin/operator/doctor/doctor.ts'
import type { OperatorContext } from '../../admin/operator/deed.ts'
import { operatorAccount, unwrittenOperatorAccount, operatorOfProcess } from '../../admin/operator/operator-account.ts'
import { addRegion, type ListedRegion, regions, removeRegion } from '../../admin/operator/regions.ts'
import { type RateChange, type RequestRate, requestRates, setRequestRate } from '../../admin/operator/request-rates.ts'
import { recoverAdministrator } from '../../admin/operator/recover-administrator.ts'
import { createService, type IssuedService, services, setServiceEnabled } from '../../admin/operator/services.ts'
import { standardErrorLogger } from '../../platform/pino-logger.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { verifyOpen, withVault } from './offline.ts'
import { openFileRoot } from '../../vault/root/file-root.ts'
import { randomAccountId } from './initialize.ts'
import { dataPaths, openDataFolder } from '../../vault/storage/data-folder.ts'

/** An account as operators see it. */
export interface ListedAccount extends AccountRecord {
  /** Whether it is the one that `keyhold init` made. */
  isOperators: boolean
}

/** The verbs of `keyhold operator` that change who there is, and how much may be asked. */
export const operator = Object.freeze({
  createAccount: (
    folder: string,
    {
      accountId = randomAccountId(systemRandom),
      userName = 'administrator',
      acceptAccess,
    }: { accountId?: string; userName?: string; acceptAccess?: boolean },
  ): Promise<CreatedAccount> =>
    asOperator(folder, async (context) =>
      createAccount({ accountId, userName, acceptAccess }, context, await unwrittenOperatorAccount(context)),
    ),

  accounts: (folder: string): Promise<ListedAccount[]> =>
    looking(folder, async (vault) => {
      const own = await operatorAccount(vault)
      return (await everyAccount(vault)).map((account) => ({ ...account, isOperators: account.accountId === own }))
    }),

  recoverAdministrator: (
    folder: string,
    wanted: { accountId: string; userName?: string },
  ): Promise<IssuedAdministrator> => asOperator(folder, (context) => recoverAdministrator(wanted, context)),

  createService: (folder: string, name: string): Promise<IssuedService> =>
    asOperator(folder, (context) => createService(name, context)),

  services: (folder: string): Promise<ServiceRecord[]> => looking(folder, services),

  setServiceEnabled: (folder: string, name: string, enabled: boolean): Promise<boolean> =>
    asOperator(folder, (context) => setServiceEnabled(name, enabled, context)),

  accessKeys: (folder: string): Promise<ListedAccessKey[]> =>
    looking(folder, (vault) => Array.fromAsync(accessKeys(vault))),

  disableAccessKey: (folder: string, accessKeyId: string, options: { andSessions: boolean }): Promise<boolean> =>
    asOperator(folder, (context) => disableAccessKey(accessKeyId, options, context)),

  /** Calls `found` for one after the other. Reads the whole audit log if there is anything that it may explain. */
  doctor: (folder: string, found: (finding: Finding) => void): Promise<void> =>
    looking(folder, async ({ store, hierarchy }) => {
      const directory = new Directory(store, hierarchy)
      const auditFolder = dataPaths(resolve(folder)).audit
      for await (const finding of examine({ clock: systemClock, store, hierarchy, directory, auditFolder }))
        found(finding)
    }),

  /** Makes what contradicts the ledger what the ledger says from now on. Resolves with what did. */
  acceptDatabase: accept,

  /** Accepts the records that a power cut lost; resolves with the log as it is then. */
  acceptAuditLoss: (folder: string): Promise<AuditReport> =>
    asOperator(folder, (context) => acceptAuditLoss(context, () => verifyOpen(folder, context))),

  /** When the service was stopped, as far as its clock could say. */
  stops: (folder: string): Promise<readonly Stop[]> => looking(folder, knownStops),

  /** Servers that run on the folder follow at once. */
  confirmStop: (folder: string, number: number, { counts }: { counts: boolean }): Promise<Stop> =>
    asOperator(folder, (context) => confirmStop(number, counts, context)),

  requestRates: (folder: string): Promise<RequestRate[]> => looking(folder, requestRates),

  regions: (folder: string): Promise<ListedRegion[]> => looking(folder, regions),

  /** Servers that run on the folder follow at once. */
  addRegion: (folder: string, region: string): Promise<boolean> =>
    asOperator(folder, (context) => addRegion(region, context)),

  removeRegion: (folder: string, region: string): Promise<void> =>
    asOperator(folder, (context) => removeRegion(region, context)),

  /** Servers that run on the folder follow at once. */
  setRequestRate: (folder: string, change: RateChange): Promise<void> =>
    asOperator(folder, (context) => setRequestRate(change, context)),
})

/** Accepts the rows as they are; the second opening brings the record of it into the audit log. */
async function accept(folder: string): Promise<Accepted> {
  await openDataFolder(resolve(folder), 'serve')
  const report = await withVault(folder, 'accept', standardErrorLogger('warn'), async (vault) => {
    const found = await acceptDatabase({ ...vault, clock: systemClock, operator: operatorOfProcess() })
    await replaceLostAuditKey(vault)
    return found
  })
  await asOperator(folder, () => Promise.resolve())
  return report
}

/** Whoever only looks needs no audit stream of his own. */
function looking<T>(folder: string, look: (vault: Vault) => Promise<T>): Promise<T> {
  return withVault(folder, 'look', standardErrorLogger('warn'), look)
}

/** Opens a folder of `keyhold init` under its root of trust, as one more process that writes an audit stream of its own. */
async function asOperator<T>(named: string, act: (context: OperatorContext) => Promise<T>): Promise<T> {
  const folder = resolve(named)
  const { root: place } = await openDataFolder(folder, 'serve')
  const root = await openFileRoot(place.file, place.id, systemRandom)
  const logger = standardErrorLogger('warn')
  const engine = await openEngine({ folder, root, use: 'change', clock: systemClock, logger, durability: 'fsync' })
  try {
    return await act({ ...engine, operator: operatorOfProcess() })
  } finally {
    await engine.close()
  }
}
