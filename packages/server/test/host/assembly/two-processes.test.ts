import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServerProcess } from './support/child.ts'
import type { KmsClient } from './support/client.ts'
import { inTurns } from './support/load.ts'
import { Vault } from './support/vault.ts'

test('what one of two servers on a folder changes, the other obeys at once', async () => {
  await using vault = await Vault.create()
  await using pair = await Pair.start(vault)
  const [first, second] = pair.clients
  const keyId = await first.createKey()
  const request = { KeyId: keyId, KeySpec: 'AES_256' }
  for (let times = 0; times < 30; times++) {
    const [one, other] = times % 2 === 0 ? [first, second] : [second, first]
    await other.ok('GenerateDataKey', request) // the other knows the key as enabled
    await one.ok('DisableKey', { KeyId: keyId })
    assert.equal(await other.fault('GenerateDataKey', request), 'DisabledException')
    await one.ok('EnableKey', { KeyId: keyId })
    await other.ok('GenerateDataKey', request)
  }
  const { CiphertextBlob } = await first.ok('Encrypt', { KeyId: keyId, Plaintext: 'c2VjcmV0' })
  assert.equal((await second.ok('Decrypt', { CiphertextBlob }))['Plaintext'], 'c2VjcmV0')
  await pair.stopAndVerify(vault)
})

test('of two that want the same alias one gets it, and both then know whose it is', async () => {
  await using vault = await Vault.create()
  await using pair = await Pair.start(vault)
  const [first, second] = pair.clients
  const keys = [await first.createKey(), await second.createKey()]
  const names = Array.from({ length: 40 }, (_, index) => `alias/race-${index}`)
  await inTurns(
    names.map((AliasName) => async () => {
      const tried = await Promise.all(
        pair.clients.map((client, index) => client.call('CreateAlias', { AliasName, TargetKeyId: keys[index] })),
      )
      const [winner] = tried.flatMap(({ status }, index) => (status === 200 ? [keys[index]] : []))
      const refusals = tried.filter(({ status }) => status !== 200).map(({ body }) => body['__type'])
      assert.deepEqual(refusals, ['AlreadyExistsException'])
      for (const client of pair.clients) assert.equal(await targetOf(client, AliasName), winner)
    }),
  )
  await pair.stopAndVerify(vault)
})

test('changes of one key by both are none of them lost', async () => {
  await using vault = await Vault.create()
  await using pair = await Pair.start(vault)
  const keyId = await pair.clients[0].createKey()
  const tags = Array.from({ length: 40 }, (_, index) => `tag-${index}`)
  await inTurns(
    tags.map((TagKey, index) => async () => {
      const client = pair.clients[index % 2] ?? assert.fail()
      // So many at once may each be told to come again.
      for (let tries = 0; ; tries++) {
        const { status, text } = await client.call('TagResource', { KeyId: keyId, Tags: [{ TagKey, TagValue: 'v' }] })
        if (status === 200) return
        assert.ok(status === 503 && tries < 50, text)
      }
    }),
  )
  for (const client of pair.clients) {
    const { Tags } = await client.ok<{ Tags: { TagKey: string }[] }>('ListResourceTags', { KeyId: keyId, Limit: 50 })
    assert.deepEqual(Tags.map(({ TagKey }) => TagKey).toSorted(), tags.toSorted())
  }
  await pair.stopAndVerify(vault)
})

async function targetOf(client: KmsClient, KeyId: string): Promise<string> {
  return (await client.ok<{ KeyMetadata: { KeyId: string } }>('DescribeKey', { KeyId })).KeyMetadata.KeyId
}

/** Two servers on one folder, with a client for each. */
class Pair implements AsyncDisposable {
  readonly #servers: readonly [ServerProcess, ServerProcess]
  readonly clients: readonly [KmsClient, KmsClient]

  private constructor(vault: Vault, servers: readonly [ServerProcess, ServerProcess]) {
    this.#servers = servers
    this.clients = [vault.client(servers[0]), vault.client(servers[1])]
  }

  static async start(vault: Vault): Promise<Pair> {
    return new Pair(vault, await Promise.all([vault.start(), vault.start()]))
  }

  /** Every record is in one of the streams, and each stream is sound. */
  async stopAndVerify(vault: Vault): Promise<void> {
    for (const server of this.#servers) await server.stop()
    const report = await vault.verify()
    assert.deepEqual([report.problems, report.unvouched], [[], 0])
    assert.equal(report.streams.filter(({ records }) => records > 10).length, 2)
    const events = await vault.events()
    const ids = events.map(({ eventID }) => eventID)
    assert.deepEqual(new Set(ids).size, ids.length, 'a record is shown twice')
    for (const server of this.#servers) assert.doesNotMatch(server.log, /"level":"error"/)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) client[Symbol.dispose]()
    for (const server of this.#servers) await server[Symbol.asyncDispose]()
  }
}
