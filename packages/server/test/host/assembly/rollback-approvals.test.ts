import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { requestsOf } from '../../../src/execution/quorum/settle.ts'
import { backup, operator } from '../../../src/index.ts'
import { type Engine, openEngine, sealedFolder } from '../../../src/host/assembly/open.ts'
import { systemClock } from '../../../src/platform/system-clock.ts'
import { Changeset } from '../../../src/vault/records/changeset.ts'
import { quorumRequestTable } from '../../../src/vault/records/quorum-request.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { putAside } from './support/put-aside.ts'
import { ACCOUNT, Vault } from './support/vault.ts'

/** Puts a call that waits for approval into the database. Resolves with what counts those. */
async function withRequest(vault: Vault): Promise<() => Promise<number>> {
  const opened = async <T>(use: (engine: Engine) => Promise<T>): Promise<T> => {
    const options = { use: 'change', clock: systemClock, logger: silentLogger, durability: 'write' } as const
    const engine = await openEngine(await sealedFolder(vault.folder, 'serve'), options)
    try {
      return await use(engine)
    } finally {
      await engine.close()
    }
  }
  const [nowMs, arn] = [Date.now(), `arn:aws:iam::${ACCOUNT}:user/administrator`]
  const requester = { id: 'AIDA', arn, people: ['AIDA'] }
  const request = { accountId: ACCOUNT, requestId: randomUUID(), requester, resource: '*' }
  const asked = { action: 'kms:ScheduleKeyDeletion', input: {}, digest: '', rules: ['rule'], approvals: [] }
  const changes = new Changeset()
  changes.insert(quorumRequestTable, { ...request, ...asked, createdMs: nowMs, expiresMs: nowMs + 3_600_000 })
  await opened(({ records }) => records.commit(changes))
  return () => opened(async (engine) => (await requestsOf(ACCOUNT, engine)).length)
}

async function newRecipient(): Promise<string> {
  const { generateX25519Identity, identityToRecipient } = await import('age-encryption')
  return identityToRecipient(await generateX25519Identity())
}

describe('a database that was put back', () => {
  test('is accepted without approvals, as what was denied, withdrawn or used up since is approved in it', async () => {
    await using vault = await Vault.create()
    const requests = await withRequest(vault)
    assert.equal(await requests(), 1)
    const putBack = await putAside(vault, 'keyhold.db')
    await operator.createService(vault.folder, 'a.example.internal')
    await putBack()
    await operator.acceptRollback(vault.folder)
    assert.equal(await requests(), 0)
  })

  test('is accepted without recipients of backups that were removed since', async () => {
    await using vault = await Vault.create()
    const [old, added] = [await newRecipient(), await newRecipient()]
    await backup.changeRecipients(vault.folder, { add: [old] })
    const putBack = await putAside(vault, 'keyhold.db')
    await backup.changeRecipients(vault.folder, { add: [added], remove: [old] })
    await putBack()
    const { failed, lost } = (await operator.acceptRollback(vault.folder)) ?? {}
    assert.deepEqual([failed, lost], [[], []])
    assert.deepEqual((await backup.overview(vault.folder)).chosen, [added])
  })

  test('is accepted without the ways to the root that were removed since, even where their files are back', async () => {
    await using vault = await Vault.create()
    const recipient = await newRecipient()
    await operator.addRootWay(vault.folder, { kind: 'recipient', name: 'keeper', settings: { recipient } })
    assert.deepEqual((await backup.overview(vault.folder)).recipients, [recipient])
    const back = [await putAside(vault, 'keyhold.db'), await putAside(vault, 'root')]
    await operator.removeRootWay(vault.folder, { way: 'keeper' })
    for (const putBack of back) await putBack()
    await operator.acceptRollback(vault.folder)
    assert.deepEqual((await backup.overview(vault.folder)).recipients, [])
  })
})
