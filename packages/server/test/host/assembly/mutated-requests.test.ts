// Runs alone: no error of this process may go unnoticed, and other files have errors of their own.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { KMS, type OperationName } from '@keyhold/protocol'
import { draws } from '../../../../../tools/testing/draws.ts'
import { base64, TestService } from '../../support/service.ts'
import { assemble } from './support/assembled.ts'
import { spoiling, spoilt, spoiltBytes } from './support/mutate.ts'
import { Vault } from './support/vault.ts'

/** Of requests, and of ciphertexts. chaos/mutated-requests.test.ts draws all. */
const DRAWS = draws(10_000)
const PLAINTEXT = base64('a secret plaintext')
const CONTEXT = { tenant: 'blue', path: '/a/b' }

const uncaught: unknown[] = []
const listener = (error: unknown): void => void uncaught.push(error)
process.on('uncaughtException', listener).on('unhandledRejection', listener)
after(() => {
  process.off('uncaughtException', listener).off('unhandledRejection', listener)
  assert.deepEqual(uncaught, [])
})

/** Requests of all kinds that succeed, or would but for the state of the key. */
type Example = [operation: OperationName, input: object]

interface Caller {
  ok(operation: OperationName, input: object): Promise<Record<string, unknown>>
}

async function examples(caller: Caller): Promise<Example[]> {
  const newKey = async (): Promise<string> =>
    ((await caller.ok('CreateKey', {}))['KeyMetadata'] as { KeyId: string }).KeyId
  const [key, other, victim] = [await newKey(), await newKey(), await newKey()]
  const sealed = await caller.ok('Encrypt', { KeyId: key, Plaintext: PLAINTEXT, EncryptionContext: CONTEXT })
  const blob = { CiphertextBlob: sealed['CiphertextBlob'] }
  const alias = `alias/mutated-${key}`
  const { Policy } = await caller.ok('GetKeyPolicy', { KeyId: key, PolicyName: 'default' })
  const tags = [{ TagKey: 'a', TagValue: 'b' }]
  await caller.ok('CreateAlias', { AliasName: alias, TargetKeyId: key })
  return [
    ['CreateKey', { Description: 'd', KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT', Tags: tags, Policy }],
    ['DescribeKey', { KeyId: alias, GrantTokens: [] }],
    ['ListKeys', { Limit: 10 }],
    ['EnableKey', { KeyId: victim }],
    ['DisableKey', { KeyId: victim }],
    ['UpdateKeyDescription', { KeyId: victim, Description: 'changed' }],
    ['ScheduleKeyDeletion', { KeyId: victim, PendingWindowInDays: 7 }],
    ['CancelKeyDeletion', { KeyId: victim }],
    ['CreateAlias', { AliasName: 'alias/again', TargetKeyId: other }],
    ['UpdateAlias', { AliasName: 'alias/again', TargetKeyId: other }],
    ['DeleteAlias', { AliasName: 'alias/again' }],
    ['ListAliases', { KeyId: key, Limit: 5 }],
    ['TagResource', { KeyId: victim, Tags: tags }],
    ['UntagResource', { KeyId: victim, TagKeys: ['a'] }],
    ['ListResourceTags', { KeyId: key, Limit: 5 }],
    ['GetKeyPolicy', { KeyId: key, PolicyName: 'default' }],
    ['PutKeyPolicy', { KeyId: victim, PolicyName: 'default', Policy, BypassPolicyLockoutSafetyCheck: false }],
    ['ListKeyPolicies', { KeyId: key, Limit: 5 }],
    ['Encrypt', { KeyId: key, Plaintext: PLAINTEXT, EncryptionContext: CONTEXT, DryRun: false }],
    ['Decrypt', { ...blob, KeyId: key, EncryptionContext: CONTEXT, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }],
    [
      'ReEncrypt',
      { ...blob, SourceEncryptionContext: CONTEXT, DestinationKeyId: other, DestinationEncryptionContext: CONTEXT },
    ],
    ['GenerateDataKey', { KeyId: key, KeySpec: 'AES_256', EncryptionContext: CONTEXT }],
    ['GenerateDataKeyWithoutPlaintext', { KeyId: key, NumberOfBytes: 32, EncryptionContext: CONTEXT }],
    ['GenerateRandom', { NumberOfBytes: 32 }],
  ]
}

/** What is wrong with the answer to a spoilt request. */
function fault(operation: OperationName, status: number, text: string): string | undefined {
  if (status !== 200 && status !== 400) return `${status} ${text}`
  const body = JSON.parse(text === '' ? '{}' : text) as Record<string, unknown>
  if (status === 400) return /^[A-Z]\w+$/.test(String(body['__type'])) && !/\.ts:|node:/.test(text) ? undefined : text
  // A spoilt dry run or an ignored member may leave it a good request: then it must open to what was sealed.
  return operation === 'Decrypt' && body['Plaintext'] !== PLAINTEXT ? 'a wrong plaintext' : undefined
}

describe('spoilt requests are refused and never a fault of the server', () => {
  test('thousands, of all operations', async () => {
    await using service = await TestService.open()
    const all = await examples(service)
    assert.equal(new Set(all.map(([operation]) => operation)).size, 24)
    const seen = { 200: 0, 400: 0 }
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: all.length - 1 }), spoiling, async (index, how) => {
        const [operation, input] = all[index] ?? assert.fail()
        const { status, body } = await service.send(`${KMS.targetPrefix}.${operation}`, spoilt(input, how))
        if (status === 200 || status === 400) seen[status] += 1
        assert.equal(fault(operation, status, JSON.stringify(body)), undefined)
      }),
      { numRuns: DRAWS },
    )
    assert.ok(
      seen[400] > DRAWS / 2 && seen[200] > DRAWS / 20,
      'both refusals and requests that are still good must occur',
    )
  })

  test('thousands of ciphertexts', async () => {
    await using service = await TestService.open()
    const [first, second] = [(await service.createKey()).keyId, (await service.createKey()).keyId]
    const seal = async (KeyId: string): Promise<Buffer> => {
      const sealed = await service.ok('Encrypt', { KeyId, Plaintext: PLAINTEXT, EncryptionContext: CONTEXT })
      return Buffer.from(sealed['CiphertextBlob'] ?? '', 'base64')
    }
    const blobs = [await seal(first), await seal(first), await seal(second)]
    const blob = fc.constantFrom(...blobs)
    const spliced = fc
      .tuple(blob, blob, fc.nat({ max: 150 }))
      .map(([a, b, at]) => Buffer.concat([a.subarray(0, at), b.subarray(at)]))
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((random) => Buffer.from(random))
    const spoiltBlob = fc.tuple(blob, spoiling).map(([good, how]) => spoiltBytes(good, how))
    const twice = fc.tuple(spoiltBlob, spoiling).map(([bad, how]) => (bad.length > 0 ? spoiltBytes(bad, how) : bad))
    const wanted = fc.oneof({ weight: 6, arbitrary: spoiltBlob }, { weight: 2, arbitrary: twice }, spliced, bytes)

    await fc.assert(
      fc.asyncProperty(wanted, fc.boolean(), fc.constantFrom(undefined, first), async (bad, again, keyId) => {
        const CiphertextBlob = base64(bad)
        const isGood = blobs.some((good) => good.equals(bad))
        const { status, body } = again
          ? await service.call('ReEncrypt', {
              CiphertextBlob,
              SourceKeyId: keyId,
              SourceEncryptionContext: CONTEXT,
              DestinationKeyId: second,
            })
          : await service.call('Decrypt', { CiphertextBlob, KeyId: keyId, EncryptionContext: CONTEXT })
        if (!isGood) assert.equal(status, 400, JSON.stringify(body))
        else if (status === 200 && !again) assert.equal(body['Plaintext'], PLAINTEXT)
      }),
      { numRuns: DRAWS },
    )
  })

  test('five hundred over the network, half of them spoilt before they were signed', async () => {
    await using vault = await Vault.create()
    await using server = await assemble(vault.folder, {})
    using client = vault.client(server)
    const all = await examples(client)
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: all.length - 1 }), spoiling, fc.boolean(), async (index, how, signed) => {
        const [operation, input] = all[index] ?? assert.fail()
        const wire = signed
          ? client.wire(operation, spoilt(input, how))
          : spoiltBytes(client.wire(operation, Buffer.from(JSON.stringify(input))), how)
        assert.doesNotMatch(await exchange(server.port, wire), /^HTTP\/1\.1 5|\.ts:|node:internal/)
      }),
      { numRuns: 500 },
    )
    await client.ok('ListKeys', {})
    assert.deepEqual(server.errors, [])
  })
})

/** Sends the bytes and ends; returns what comes back until the connection closes, which it must. */
async function exchange(port: number, bytes: Buffer): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' }).setEncoding('latin1').setTimeout(5000)
  let received = ''
  socket.on('data', (text: string) => (received += text))
  socket.on('error', () => undefined) // a reset is one way of refusing
  socket.on('timeout', () => {
    received = 'HTTP/1.1 598 the connection stays open'
    socket.destroy()
  })
  socket.end(bytes)
  await once(socket, 'close')
  return received
}
