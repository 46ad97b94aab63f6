import { resolve } from 'node:path'
import {
  type AcceptedRollback,
  beginRollback,
  completeRollback,
} from '../../admin/operator/rollback/accept-rollback.ts'
import { operatorOfProcess } from '../../admin/operator/operator-account.ts'
import { auditPublicKey } from '../../audit/audit-key.ts'
import { auditVerifier } from '../../crypto/audit-signature.ts'
import { sha256 } from '../../crypto/sha256.ts'
import { standardErrorLogger } from '../../platform/log/line-logger.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { dataPaths } from '../../vault/storage/data-folder.ts'
import { type DataFolder, type Engine, openEngine, sealedFolder } from './open.ts'
import { refusedRollback, type RollbackGuard } from './rollback-guard.ts'
import { servicesOf } from './services.ts'

/** Where an acceptance finds what the folder itself may have lost. */
export type AcceptingRollback = Pick<RollbackGuard, 'checkpointFile' | 'audit'>

/** `keyhold operator accept-rollback`. `undefined`: nothing is ahead of the database. */
export async function acceptRollbackOf(
  folder: DataFolder,
  { checkpointFile, audit = [] }: AcceptingRollback,
): Promise<AcceptedRollback | undefined> {
  const rollback = { checkpointFile, audit, accept: acceptingAt(), acceptsMissing: true }
  const options = {
    use: 'change',
    clock: systemClock,
    durability: 'fsync',
    logger: standardErrorLogger('warn'),
    rollback,
  } as const
  const engine = await openEngine(await sealedFolder(folder, 'serve'), options)
  try {
    return await completeOn(engine, audit)
  } finally {
    await engine.close()
  }
}

/** Accepts an older database that ends with this change; any by default. */
export function acceptingAt(change?: number): NonNullable<RollbackGuard['accept']> {
  return async (rollback, vault) => {
    if (change !== undefined && change !== rollback.found.sequence) throw refusedRollback(rollback)
    await beginRollback(rollback, { ...vault, clock: systemClock, operator: operatorOfProcess() })
  }
}

/** Makes again what an older database lacks that was accepted. `undefined`: none was. */
export async function completeOn(engine: Engine, audit: readonly string[]): Promise<AcceptedRollback | undefined> {
  const publicKey = await auditPublicKey(engine)
  if (publicKey === undefined) return undefined
  const folders = [dataPaths(engine.folder).audit, ...audit.map((folder) => resolve(folder))]
  return completeRollback({
    context: { ...engine, operator: operatorOfProcess() },
    services: servicesOf(engine, { enforcement: 'off' }),
    log: { folders, publicKey, crypto: { sha256, verifier: auditVerifier } },
  })
}
