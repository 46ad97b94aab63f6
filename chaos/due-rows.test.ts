/** What a server does when thousands of keys are due at once, as after a long time off. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { CryptoThreads } from '../packages/server/src/crypto/workers/crypto-threads.ts'
import { openVault, sealedFolder } from '../packages/server/src/host/assembly/open.ts'
import { deleteDueKeys } from '../packages/server/src/jobs/deletion.ts'
import { dateAlone } from '../packages/server/src/jobs/time-guard.ts'
import { keySpec } from '../packages/server/src/domain/keys/specs.ts'
import { addKey } from '../packages/server/src/services/kms/keys/new-key.ts'
import type { KeyRecord } from '../packages/server/src/domain/keys/record.ts'
import { keyTable } from '../packages/server/src/vault/records/key.ts'
import { Changeset } from '../packages/server/src/vault/records/changeset.ts'
import { ACCOUNT, Vault } from '../packages/server/test/host/assembly/support/vault.ts'
import { REGION } from '../packages/server/test/host/assembly/support/client.ts'
import { silentLogger } from '../packages/server/test/support/silent-logger.ts'
import { type ForcedChange, TestService } from '../packages/server/test/support/service.ts'

const KEYS = Number(process.env['KEYHOLD_CHAOS_KEYS'] ?? 10_000)
const DAY_MS = 86_400_000
/** With its policy and its material, three rows each. */
const KEYS_PER_COMMIT = 1_000

type Place = Pick<TestService['services'], 'records' | 'hierarchy' | 'random' | 'threads'>

/** Keys with a schedule of 90 days, made so long ago; `change` is how their records differ from that. The id of the last. */
async function addKeys(place: Place, madeMs: number, change: ForcedChange = {}): Promise<string> {
  let last = ''
  const { records } = place
  const wanted = { accountId: ACCOUNT, region: REGION, spec: keySpec('SYMMETRIC_DEFAULT'), description: '', tags: [] }
  for (let made = 0; made < KEYS; made += KEYS_PER_COMMIT) {
    const changes = new Changeset()
    const keys: KeyRecord[] = []
    for (let index = made; index < Math.min(KEYS, made + KEYS_PER_COMMIT); index++) {
      keys.push(await addKey({ ...wanted, rotationDays: 90, nowMs: madeMs + index }, place, changes))
    }
    assert.ok((await records.commit(changes)).committed)
    const changed = new Changeset()
    for (const name of keys) {
      const key = (await records.get(keyTable, name)) ?? assert.fail()
      changed.update(key, { ...key.value, ...change } as KeyRecord)
    }
    assert.ok((await records.commit(changed)).committed)
    last = keys.at(-1)?.keyId ?? ''
  }
  return last
}

async function fillFolder(folder: string, madeMs: number): Promise<string> {
  const vault = await openVault(await sealedFolder(folder), { use: 'change', logger: silentLogger })
  const threads = new CryptoThreads()
  const last = await addKeys({ ...vault, threads }, madeMs)
  await threads.close()
  await vault.close()
  return last
}

describe(`with ${KEYS} keys that are due`, () => {
  test('serve rotates them all, and answers meanwhile', async (t) => {
    await using vault = await Vault.create()
    const last = await fillFolder(vault.folder, Date.now() - 100 * DAY_MS)
    await using server = await vault.serve()
    using client = vault.client(server, { region: REGION })
    const keyId = await client.createKey()
    const took: number[] = []
    const beganMs = performance.now()
    const isRotated = async (): Promise<boolean> => {
      const { NextRotationDate } = await client.ok<Record<string, number>>('GetKeyRotationStatus', { KeyId: last })
      return (NextRotationDate ?? 0) * 1000 > Date.now() + DAY_MS
    }
    // The last that became due is rotated last.
    while (!(await isRotated())) {
      assert.ok(performance.now() - beganMs < 10 * 60_000, 'not all keys are rotated after ten minutes')
      for (let request = 0; request < 50; request++) {
        const sentMs = performance.now()
        await client.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
        took.push(performance.now() - sentMs)
        await setTimeout(20)
      }
    }
    const sorted = took.toSorted((one, other) => one - other)
    const percentile = (part: number): number => Math.round(sorted[Math.floor(sorted.length * part)] ?? 0)
    const seconds = Math.round((performance.now() - beganMs) / 1000)
    t.diagnostic(
      `all rotated after ${seconds} s; requests took ${percentile(0.5)} ms, 99 of 100 at most ${percentile(0.99)} ms`,
    )
    assert.ok(percentile(0.99) < 1_000)
    const rotations = (await vault.events()).filter(({ eventName }) => eventName === 'RotateKey')
    assert.equal(rotations.length, KEYS)
  })

  test('a server that stops waits for one of them, not for all', async () => {
    await using vault = await Vault.create()
    await fillFolder(vault.folder, Date.now() - 100 * DAY_MS)
    const server = await vault.serve()
    await setTimeout(11_000)
    const beganMs = performance.now()
    await server.stop()
    assert.ok(performance.now() - beganMs < 5_000)
  })

  test('one run of the job deletes all whose waiting period has ended', async () => {
    await using service = await TestService.open()
    const { engine, clock } = service
    const due = { state: 'PendingDeletion', deletionMs: clock.now() + 7 * DAY_MS } as const
    await addKeys(engine, clock.now(), due)
    clock.advance(7 * DAY_MS)
    await deleteDueKeys({ ...engine, guard: dateAlone })
    for (const table of ['key', 'policy', 'material'] as const) {
      assert.deepEqual(await engine.store.list(table, { limit: 1 }), [])
    }
  })
})
