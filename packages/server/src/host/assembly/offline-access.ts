import type { AccessContext } from '../../admin/access/access-context.ts'
import { type AccessAnswer, canI, type KeyQuestion } from '../../admin/access/can-i.ts'
import { type AccessReport, explainRequest } from '../../admin/access/explain-request.ts'
import { replay, type ReplayOptions, type ReplayReport } from '../../admin/access/replay.ts'
import { type Allowed, whoCan } from '../../admin/access/who-can.ts'
import type { Auditor } from '../../audit/auditor.ts'
import { CryptoThreads } from '../../crypto/workers/crypto-threads.ts'
import { Directory } from '../../identity/directory/directory.ts'
import { AccessKeyUses } from '../../identity/accounts/access-key-uses.ts'
import { RoleUses } from '../../identity/accounts/role-uses.ts'
import { KeyUses } from '../../services/kms/keys/key-uses.ts'
import { type DataFolder, withVault } from './open.ts'
import { standardErrorLogger } from '../../platform/log/line-logger.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { servicesOf } from './services.ts'
import { dataPaths } from '../../vault/storage/data-folder.ts'

/**
 * The subcommands of `keyhold access`. They read a data folder with its root of trust; a server can be running on it.
 */
export const access = Object.freeze({
  explain: (folder: DataFolder, requestId: string): Promise<AccessReport> =>
    reading(folder, (context) => explainRequest(requestId, context)),

  canI: (folder: DataFolder, question: KeyQuestion, as?: string): Promise<AccessAnswer> =>
    reading(folder, ({ services }) => canI(question, as, services)),

  /** Calls `found` for each result. */
  whoCan: (folder: DataFolder, question: KeyQuestion, found: (allowed: Allowed) => void): Promise<void> =>
    reading(folder, async ({ services }) => {
      for await (const allowed of whoCan(question, services)) found(allowed)
    }),

  replay: (folder: DataFolder, options: ReplayOptions): Promise<ReplayReport> =>
    reading(folder, (context) => replay(options, context)),
})

function reading<T>(folder: DataFolder, read: (context: AccessContext) => Promise<T>): Promise<T> {
  const logger = standardErrorLogger('warn')
  return withVault(folder, { use: 'look', logger }, async (vault) => {
    const directory = new Directory(vault)
    const uses = {
      accessKeyUses: new AccessKeyUses(vault),
      roleUses: new RoleUses(vault),
      keyUses: await KeyUses.openToRead(systemClock.now(), vault),
    }
    const threads = new CryptoThreads()
    const engine = { ...vault, ...uses, clock: systemClock, logger, directory, auditor: NOBODY_WRITES, threads }
    try {
      return await read({
        services: servicesOf(engine, { enforcement: 'on' }),
        auditFolder: dataPaths(vault.folder).audit,
      })
    } finally {
      await threads.close()
    }
  })
}

/** Questions are not recorded: no stream is begun for them, and an attempt to write one is a bug. */
const NOBODY_WRITES: Auditor = {
  record: refuse,
  recordRefused: refuse,
  recordUnauthenticated: refuse,
  requireRoom: refuse,
  encode: refuse,
  relay: refuse,
  setShared: refuse,
  close: () => Promise.resolve(),
}

function refuse(): never {
  throw new Error('questions about access write nothing')
}
