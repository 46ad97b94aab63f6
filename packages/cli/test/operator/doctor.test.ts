import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyhold } from '../../../../tools/testing/keyhold.ts'
import { openVault, sealedFolder } from '../../../server/src/host/assembly/open.ts'
import { plantGrant } from '../../../server/test/support/planted-grant.ts'
import { silentLogger } from '../../../server/test/support/silent-logger.ts'
import { cleanEnvironment, clientOf, initialize, start, succeed, type Vault } from '../support/vault.ts'

const PARTNER = '444455556666'

function doctor(vault: Vault, ...flags: string[]): string[] {
  return ['operator', 'doctor', '--data', vault.data, ...flags]
}

async function findings(vault: Vault, ...flags: string[]): Promise<string> {
  const { status, stdout, stderr } = await keyhold(doctor(vault, ...flags), cleanEnvironment())
  assert.equal(status, 8, stderr)
  return stdout
}

/** A key, and a grant on it that an account issued without any right. */
async function withPlantedGrant(vault: Vault, client: NodeJS.ProcessEnv): Promise<{ arn: string; grantId: string }> {
  const [arn = '', region = '', accountId = '', keyId = ''] =
    /arn:aws:kms:([^:]+):(\d+):key\/([-0-9a-f]+)/.exec(await succeed(['key', 'create', '--json'], client)) ?? []
  const opened = await openVault(await sealedFolder(vault.data), { logger: silentLogger, use: 'change' })
  const grantee = { arn: `arn:aws:iam::${PARTNER}:root` }
  const grantId = await plantGrant(opened, { region, accountId, keyId, issuingAccount: PARTNER, grantee })
  await opened.close()
  return { arn, grantId }
}

test('doctor finds nothing in a new folder, and a grant that nothing explains; serve warns of it', async (t) => {
  const vault = await initialize(t)
  assert.equal(await succeed(doctor(vault)), 'Nothing was found.\n')
  assert.equal(await succeed(doctor(vault, '--json')), '')
  const server = await start(t, ['serve', '--data', vault.data, '--port', '0'])
  const { arn, grantId } = await withPlantedGrant(vault, clientOf(vault, server))
  const line = await findings(vault)
  const said = `unexplained-grants  Account ${PARTNER} issued grant ${grantId} on ${arn}, and neither the key policy nor a grant`
  assert.ok(line.startsWith(said), line)
  const { check, facts } = JSON.parse(await findings(vault, '--json')) as Record<string, unknown>
  assert.equal(check, 'unexplained-grants')
  assert.deepEqual(facts, {
    key: arn,
    grantId,
    issuingAccount: PARTNER,
    grantee: `arn:aws:iam::${PARTNER}:root`,
    operations: 'Decrypt',
  })
  await server.stop()
  const again = await start(t, ['serve', '--data', vault.data, '--port', '0'])
  await succeed(['key', 'ls'], clientOf(vault, again))
  const { stderr } = await again.stop()
  assert.match(stderr, new RegExp(`issued grant ${grantId} on ${arn}`))
  assert.match(stderr, /keyhold operator doctor/)
})
