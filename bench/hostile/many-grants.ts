import { CryptoThreads } from '../../packages/server/src/crypto/workers/crypto-threads.ts'
import { openVault, sealedFolder } from '../../packages/server/src/host/assembly/open.ts'
import { keySpec } from '../../packages/server/src/domain/keys/specs.ts'
import { addGrant } from '../../packages/server/src/vault/records/grant-rows.ts'
import { addKey } from '../../packages/server/src/services/kms/keys/new-key.ts'
import { standardErrorLogger } from '../../packages/server/src/platform/log/line-logger.ts'
import { Changeset } from '../../packages/server/src/vault/records/changeset.ts'
import { signedRequest } from '../signed-request.ts'
import { type Administrator, type Attack, REGION } from './attack.ts'
import { flood } from './flood.ts'

const KEY_ID = '11111111-2222-4333-8444-555555555555'
/** Nearly as many as a key may have. */
const GRANTS = 49_000
const GRANTS_PER_COMMIT = 1000

/**
 * Another account has a key with as many grants to one grantee as there may be. The grantee uses the key, and the account
 * makes more grants meanwhile.
 */
export const manyGrants: Attack<{ use: Uint8Array; grant: Uint8Array }> = {
  async populate(folder, { stranger }) {
    const vault = await openVault(await sealedFolder(folder), { logger: standardErrorLogger('warn'), use: 'change' })
    const threads = new CryptoThreads()
    try {
      const place = { accountId: stranger.accountId, region: REGION }
      const wanted = { ...place, keyId: KEY_ID, spec: keySpec('SYMMETRIC_DEFAULT'), description: '', tags: [] }
      const key = new Changeset()
      await addKey({ ...wanted, nowMs: Date.now() }, { ...vault, threads }, key)
      await vault.records.commit(key)
      for (let made = 0; made < GRANTS; made += GRANTS_PER_COMMIT) {
        const grants = new Changeset()
        for (let index = 0; index < GRANTS_PER_COMMIT; index++) addGrant(grantTo(stranger, made + index), grants)
        await vault.records.commit(grants)
      }
    } finally {
      await threads.close()
      await vault.close()
    }
  },

  async prepare({ port, stranger }) {
    const context = { tenant: 'none', purpose: 'volume' }
    const use = { KeyId: KEY_ID, Plaintext: 'aGVsbG8=', EncryptionContext: context }
    const grant = { KeyId: KEY_ID, GranteePrincipal: granteeOf(stranger), Operations: ['Decrypt'] }
    return {
      use: signedRequest(port, 'Encrypt', use, stranger),
      grant: signedRequest(port, 'CreateGrant', grant, stranger),
    }
  },

  run: async ({ use, grant }, port) => {
    await Promise.all([
      flood({ port, request: use, connections: 8, everyMs: 20 }),
      flood({ port, request: grant, connections: 2, everyMs: 50 }),
    ])
  },
}

function granteeOf({ accountId }: Administrator): string {
  return `arn:aws:iam::${accountId}:user/administrator`
}

function grantTo(stranger: Administrator, number: number): Parameters<typeof addGrant>[0] {
  return {
    grantId: number.toString(16).padStart(64, '0'),
    keyId: KEY_ID,
    region: REGION,
    accountId: stranger.accountId,
    name: '',
    operations: ['Encrypt', 'Decrypt'],
    grantee: { arn: granteeOf(stranger) },
    constraints: { encryptionContextSubset: { tenant: `t${number}`, purpose: 'volume' } },
    issuingAccount: stranger.accountId,
    createdMs: Date.now(),
    visibleMs: 0,
  }
}
