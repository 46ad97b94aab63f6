import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { storedRecipients } from '../../src/backup/recipients.ts'
import { initializeFolder } from '../../src/host/assembly/initialize.ts'
import { withVault } from '../../src/host/assembly/open.ts'
import { silentLogger } from '../support/silent-logger.ts'

test('init takes the recipients of backups, and makes nothing for one that is none', async (t) => {
  const base = await mkdtemp(join(tmpdir(), 'keyhold-recipients-'))
  t.after(() => rm(base, { recursive: true }))
  const folder = join(base, 'data')
  const identity = await generateX25519Identity()
  const wanted = (backupRecipients: string[]): Promise<unknown> =>
    initializeFolder({ folder, recovery: 'none', backupRecipients }, silentLogger)
  await assert.rejects(wanted([identity]), /^BackupError: The text given is not an age recipient\.$/)
  assert.deepEqual(await readdir(base), [])
  const recipient = await identityToRecipient(identity)
  await wanted([recipient])
  const look = { use: 'look', logger: silentLogger } as const
  const { recipients } = await withVault(folder, look, (vault) => storedRecipients(vault))
  assert.deepEqual(recipients, [recipient])
})
