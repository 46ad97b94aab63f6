import { sigV4Verifier } from '../../../../src/identity/authentication/verify-sigv4.ts'
import { storedAccessKeys } from '../../../../src/identity/authentication/stored-access-keys.ts'
import { openAuditKey } from '../../../../src/audit/audit-key.ts'
import { openAuditLog } from '../../../../src/audit/audit-log.ts'
import type { BacklogLimits } from '../../../../src/audit/backlog.ts'
import { diskFiles, type FileLayer } from '../../../../src/audit/file-layer.ts'
import { auditVerifier } from '../../../../src/crypto/audit-signature.ts'
import { CryptoThreads } from '../../../../src/crypto/workers/crypto-threads.ts'
import { systemRandom } from '../../../../src/crypto/random.ts'
import { sha256 } from '../../../../src/crypto/sha256.ts'
import { Directory } from '../../../../src/identity/directory/directory.ts'
import { openVault, sealedFolder } from '../../../../src/host/assembly/open.ts'
import type { HttpLimits } from '../../../../src/host/http/limits.ts'
import { listen } from '../../../../src/host/http/listen.ts'
import { serviceHandler } from '../../../../src/host/http/service.ts'
import { AccessKeyUses } from '../../../../src/identity/accounts/access-key-uses.ts'
import { RoleUses } from '../../../../src/identity/accounts/role-uses.ts'
import { KeyUses } from '../../../../src/services/kms/keys/key-uses.ts'
import { systemClock } from '../../../../src/platform/system-clock.ts'
import { servicesOf } from '../../../../src/host/assembly/services.ts'
import { dataPaths } from '../../../../src/vault/storage/data-folder.ts'
import { silentLogger } from '../../../support/silent-logger.ts'

export interface Assembled extends AsyncDisposable {
  endpoint: string
  port: number
  /** What was logged as an error: bugs, mostly. */
  errors: unknown[]
}

interface Fittings {
  files?: FileLayer
  limits?: Partial<HttpLimits>
  /** Of the outbox. */
  backlog?: BacklogLimits
}

/** `keyhold serve`, wired by hand to a disk for the audit log and to limits that the product does not offer. */
export async function assemble(
  folder: string,
  { files = diskFiles, limits = {}, backlog }: Fittings,
): Promise<Assembled> {
  const errors: unknown[] = []
  const logger = { ...silentLogger, error: (...what: unknown[]) => void errors.push(what) }
  const vault = await openVault(await sealedFolder(folder), { logger, use: 'change' })
  const common = { ...vault, clock: systemClock, logger }
  const auditor = await openAuditLog({
    ...common,
    folder: dataPaths(folder).audit,
    files,
    durability: 'fsync',
    ...(backlog && { limits: { backlog } }),
    signer: await openAuditKey(vault),
    crypto: { sha256, verifier: auditVerifier },
  })
  const directory = new Directory(vault)
  const accessKeys = storedAccessKeys(directory, vault.hierarchy)
  const authenticate = sigV4Verifier({ accessKeys, random: systemRandom, services: ['kms'] })
  const uses = {
    keyUses: await KeyUses.open(systemClock.now(), vault),
    accessKeyUses: new AccessKeyUses(vault),
    roleUses: new RoleUses(vault),
  }
  const engine = { ...common, ...uses, directory, auditor, threads: new CryptoThreads() }
  const { handle } = serviceHandler(authenticate, servicesOf(engine, { enforcement: 'on' }))
  const routes = new Map([['POST /', handle]])
  const listener = await listen({ ...common, addresses: [{ host: '127.0.0.1', port: 0 }], routes, limits })
  return {
    endpoint: `http://127.0.0.1:${listener.port}`,
    port: listener.port,
    errors,
    async [Symbol.asyncDispose]() {
      await listener.close(1000)
      await auditor.close()
      await vault.close()
    },
  }
}
