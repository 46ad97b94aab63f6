import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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
  assert.match(
    await succeed(doctor(vault)),
    /^Nothing is wrong\.\nadvice: backups  No backup of this data folder is known/,
  )
  const advice = JSON.parse(await succeed(doctor(vault, '--json'))) as Record<string, unknown>
  assert.deepEqual([advice['check'], advice['weight']], ['backups', 'advice'])
  const server = await start(t, ['serve', '--data', vault.data, '--port', '0'])
  const { arn, grantId } = await withPlantedGrant(vault, clientOf(vault, server))
  const line = await findings(vault)
  const said = `unexplained-grants  Account ${PARTNER} issued grant ${grantId} on ${arn}, and neither the key policy nor a grant`
  assert.ok(line.startsWith(said), line)
  const [first = ''] = (await findings(vault, '--json')).split('\n')
  const { check, facts } = JSON.parse(first) as Record<string, unknown>
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

test('doctor says what is wrong with a folder that does not open, or that others can read', async (t) => {
  const vault = await initialize(t)
  const away = `${vault.data}.away`
  await rename(`${vault.data}.root`, away)
  assert.match(
    await findings(vault),
    /^ways  A way to the root of trust does not open it.*\nopens  The data folder does not open/,
  )
  await rename(away, `${vault.data}.root`)
  await writeFile(join(vault.data, 'note'), 'x', { mode: 0o644 })
  if (process.platform === 'win32') return
  assert.match(await findings(vault), /^files  Other users can access 1 file of the data folder\. Run: chmod -R go= /)
})
