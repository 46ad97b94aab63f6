import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { IntegrityError, type Purpose } from '../../../src/vault/hierarchy/sealing.ts'
import { listing, nextGeneration, sharedDatabase } from '../../support/hierarchy.ts'

const REGION = 'eu-central-1'
/** What a request can contain; session tokens come before the caller is known. */
const PURPOSES: readonly Purpose[] = ['session', 'marker', 'grant-token', 'import-token']
const STRANGE = [0, 2, 3, 7, 255, 2 ** 31, 2 ** 32 - 1]

for (const purpose of PURPOSES) {
  test(`a ${purpose} of a generation that there is not is refused, and the store is not read for it`, async (t) => {
    const shared = await sharedDatabase(t)
    let reads = 0
    const counted = await shared.open({
      wrap: (store) =>
        listing(store, (rows) => {
          reads += 1
          return rows
        }),
    })
    const sealed = await counted.seal(REGION, purpose, ['a'], Secret.of(Buffer.from('a secret')))
    const before = reads
    for (const generation of STRANGE) {
      await assert.rejects(counted.unseal(REGION, purpose, ['a'], { ...sealed, generation }), IntegrityError)
    }
    await counted.unseal(REGION, purpose, ['a'], sealed)
    assert.equal(reads, before)
  })

  test(`a ${purpose} of another process’s new generation opens once its change has been heard of`, async (t) => {
    const shared = await sharedDatabase(t)
    const [one, other] = [await shared.open(), await shared.open()]
    const seal = () => one.seal(REGION, purpose, ['a'], Secret.of(Buffer.from('a secret')))
    await other.unseal(REGION, purpose, ['a'], await seal())
    await nextGeneration(one, shared.store, REGION)
    const sealed = await seal()
    await assert.rejects(other.unseal(REGION, purpose, ['a'], sealed), IntegrityError)
    other.forgetAll() // the directory does so before every request that follows the change
    await other.unseal(REGION, purpose, ['a'], sealed)
  })
}

test('a generation that there is not costs as many decryptions as one that there is', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  const sealed = await hierarchy.seal(REGION, 'session', ['a'], Secret.of(Buffer.from('a secret')))
  const decryptions = t.mock.method(crypto, 'createDecipheriv').mock
  syncBuiltinESMExports()
  t.after(() => {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  })
  await hierarchy.unseal(REGION, 'session', ['a'], sealed)
  assert.equal(decryptions.callCount(), 1)
  for (const generation of STRANGE) {
    decryptions.resetCalls()
    await assert.rejects(hierarchy.unseal(REGION, 'session', ['a'], { ...sealed, generation }), IntegrityError)
    assert.equal(decryptions.callCount(), 1)
  }
})
