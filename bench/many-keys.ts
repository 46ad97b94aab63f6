import { openVault, sealedFolder } from '../packages/server/src/host/assembly/open.ts'
import { CryptoThreads } from '../packages/server/src/crypto/workers/crypto-threads.ts'
import { keySpec } from '../packages/server/src/domain/keys/specs.ts'
import { addKey } from '../packages/server/src/services/kms/keys/new-key.ts'
import { standardErrorLogger } from '../packages/server/src/platform/log/line-logger.ts'
import { Changeset } from '../packages/server/src/vault/records/changeset.ts'

/** As many as fit a commit, at three rows each. */
const KEYS_PER_COMMIT = 2000

/** Puts keys into a data folder, as CreateKey would but without a request for each. Returns some of their ids. */
export async function addKeys(
  folder: string,
  place: { accountId: string; region: string },
  count: number,
): Promise<string[]> {
  const vault = await openVault(await sealedFolder(folder), { logger: standardErrorLogger('warn'), use: 'change' })
  const threads = new CryptoThreads()
  const some: string[] = []
  try {
    const wanted = { ...place, spec: keySpec('SYMMETRIC_DEFAULT'), description: '', tags: [], nowMs: Date.now() }
    const context = { ...vault, threads }
    for (let made = 0; made < count; made += KEYS_PER_COMMIT) {
      const changes = new Changeset()
      const keys = await Promise.all(
        Array.from({ length: Math.min(KEYS_PER_COMMIT, count - made) }, () => addKey(wanted, context, changes)),
      )
      await vault.records.commit(changes)
      some.push(...keys.slice(0, made === 0 ? 100 : 2).map(({ keyId }) => keyId))
    }
  } finally {
    await threads.close()
    await vault.close()
  }
  return some
}
