import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { base64, callerOf, OTHER_ACCOUNT, TestService } from '../../../support/service.ts'

let service: TestService
let keyId: string
let arn: string

before(async () => {
  service = await TestService.open()
  ;({ keyId, arn } = await service.createKey())
})
after(() => service[Symbol.asyncDispose]())

const encrypt = async (context: object = {}, text = 'plain'): Promise<string> => {
  const answer = await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64(text), EncryptionContext: context })
  return answer.CiphertextBlob as string
}

test('what Encrypt returns, Decrypt opens, with and without the key named', async () => {
  const alias = `alias/${keyId}`
  await service.ok('CreateAlias', { AliasName: alias, TargetKeyId: keyId })
  const CiphertextBlob = await encrypt({ tenant: 't-17' })
  for (const KeyId of [undefined, keyId, arn, alias, arn.replace(`key/${keyId}`, alias)]) {
    const answer = await service.ok('Decrypt', { CiphertextBlob, KeyId, EncryptionContext: { tenant: 't-17' } })
    assert.equal(answer.Plaintext, base64('plain'))
    assert.equal(answer.KeyId, arn)
    assert.equal(answer.EncryptionAlgorithm, 'SYMMETRIC_DEFAULT')
    assert.match(answer.KeyMaterialId as string, /^[0-9a-f]{64}$/)
  }
})

test('a data key is returned in the clear and sealed, in the size that was asked for', async () => {
  const sizes = [{ KeySpec: 'AES_256' }, { KeySpec: 'AES_128' }, { NumberOfBytes: 1 }, { NumberOfBytes: 1024 }]
  for (const [index, bytes] of [32, 16, 1, 1024].entries()) {
    const made = await service.ok('GenerateDataKey', { KeyId: arn, ...sizes[index] })
    assert.equal(Buffer.from(made.Plaintext as string, 'base64').byteLength, bytes)
    const opened = await service.ok('Decrypt', { CiphertextBlob: made.CiphertextBlob })
    assert.equal(opened.Plaintext, made.Plaintext)
  }
})

test('a data key without plaintext has none in its answer, and opens later', async () => {
  const made = await service.ok('GenerateDataKeyWithoutPlaintext', { KeyId: arn, KeySpec: 'AES_256' })
  assert.deepEqual(Object.keys(made).toSorted(), ['CiphertextBlob', 'KeyId', 'KeyMaterialId'])
  const { Plaintext } = await service.ok('Decrypt', { CiphertextBlob: made.CiphertextBlob })
  assert.equal(Buffer.from(Plaintext as string, 'base64').byteLength, 32)
})

test('ReEncrypt moves a ciphertext to another key and another context', async () => {
  const other = await service.createKey()
  const moved = await service.ok('ReEncrypt', {
    CiphertextBlob: await encrypt({ a: '1' }),
    SourceEncryptionContext: { a: '1' },
    DestinationKeyId: other.keyId,
    DestinationEncryptionContext: { b: '2' },
  })
  assert.equal(moved.SourceKeyId, arn)
  assert.equal(moved.KeyId, other.arn)
  assert.notEqual(moved.SourceKeyMaterialId, moved.DestinationKeyMaterialId)
  const opened = await service.ok('Decrypt', { CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { b: '2' } })
  assert.equal(opened.Plaintext, base64('plain'))
  const input = { CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { a: '1' } }
  assert.equal(await service.fault('Decrypt', input), 'InvalidCiphertextException')
})

test('the wrong key, context or bytes are refused in AWS’s words', async () => {
  const other = await service.createKey()
  const CiphertextBlob = await encrypt({ a: '1' })
  const wrongKey = { CiphertextBlob, KeyId: other.arn, EncryptionContext: { a: '1' } }
  assert.equal(
    await service.fault('Decrypt', wrongKey),
    'IncorrectKeyException: The key ID in the request does not identify a CMK that can perform this operation.',
  )
  const keys = [
    { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
    { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
    { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
    { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
  ]
  for (const wanted of keys) {
    const { arn: KeyId } = await service.createKey(wanted)
    const incorrect = /^IncorrectKeyException: The key ID in the request does not identify a CMK/
    assert.match(await service.fault('Decrypt', { ...wrongKey, KeyId }), incorrect)
    const move = { CiphertextBlob, SourceKeyId: KeyId, DestinationKeyId: arn, SourceEncryptionContext: { a: '1' } }
    assert.match(await service.fault('ReEncrypt', move), incorrect)
    // What names no key says nothing of a wrong one: there the usage, or the algorithm, is what is wrong.
    const nameless = { CiphertextBlob: base64('names no key'), KeyId }
    assert.match(await service.fault('Decrypt', nameless), /^InvalidKeyUsageException/)
    await service.ok('DisableKey', { KeyId })
    assert.equal(await service.fault('Decrypt', { ...wrongKey, KeyId }), `DisabledException: ${KeyId} is disabled.`)
  }
  for (const EncryptionContext of [undefined, {}, { a: '2' }, { A: '1' }, { a: '1', b: '' }]) {
    assert.equal(await service.fault('Decrypt', { CiphertextBlob, EncryptionContext }), 'InvalidCiphertextException')
  }
  for (const text of ['x', 'not a ciphertext of any kind', '\u0001'.repeat(200)]) {
    assert.equal(await service.fault('Decrypt', { CiphertextBlob: base64(text) }), 'InvalidCiphertextException')
  }
})

test('another account is denied, by ciphertext and by name, in the words that hide the key', async () => {
  const CiphertextBlob = await encrypt()
  const stranger = callerOf(OTHER_ACCOUNT)
  const end =
    'because the resource does not exist in this Region, no resource-based policies allow access, ' +
    'or a resource-based policy explicitly denies access'
  const start = `AccessDeniedException: User: ${stranger.principal.arn} is not authorized to perform: kms:Decrypt on`
  assert.equal(
    await service.fault('Decrypt', { CiphertextBlob }, stranger),
    `${start} the resource associated with this ciphertext ${end}`,
  )
  assert.equal(
    await service.fault('Decrypt', { CiphertextBlob, KeyId: arn }, stranger),
    `${start} this resource ${end}`,
  )
  const absent = arn.replace(keyId, '00000000-0000-4000-8000-000000000000')
  assert.equal(
    await service.fault('Decrypt', { CiphertextBlob, KeyId: absent }, stranger),
    `${start} this resource ${end}`,
  )
})

test('the order of a context does not matter, and everything else does', async () => {
  const contexts = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.string({ maxLength: 8 }), { maxKeys: 4 })
  await fc.assert(
    fc.asyncProperty(contexts, contexts, async (context, other) => {
      const CiphertextBlob = await encrypt(context)
      const reversed = Object.fromEntries(Object.entries(context).toReversed())
      await service.ok('Decrypt', { CiphertextBlob, EncryptionContext: reversed })
      if (JSON.stringify(sorted(context)) === JSON.stringify(sorted(other))) return
      const wrong = { CiphertextBlob, EncryptionContext: other }
      assert.equal(await service.fault('Decrypt', wrong), 'InvalidCiphertextException')
    }),
    { numRuns: 300, examples: [[{ a: 'bc' }, { ab: 'c' }]] },
  )
})

function sorted(context: Record<string, string>): [string, string][] {
  return Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

test('__proto__ is a context key like any other', async () => {
  const context = JSON.parse('{"__proto__":"x"}') as object
  const CiphertextBlob = await encrypt(context)
  await service.ok('Decrypt', { CiphertextBlob, EncryptionContext: context })
  assert.equal(await service.fault('Decrypt', { CiphertextBlob }), 'InvalidCiphertextException')
})

test('a dry run does everything but the deed', async () => {
  const dry = 'DryRunOperationException: The request would have succeeded, but the DryRun option is set.'
  const CiphertextBlob = await encrypt()
  assert.equal(await service.fault('GenerateDataKey', { KeyId: arn, KeySpec: 'AES_256', DryRun: true }), dry)
  assert.equal(await service.fault('Decrypt', { CiphertextBlob, DryRun: true }), dry)
  assert.equal(
    await service.fault('Decrypt', { CiphertextBlob: base64('x'), DryRun: true }),
    'InvalidCiphertextException',
  )
  const permissionOnly = { KeyId: arn, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }
  assert.equal(await service.fault('Decrypt', permissionOnly), dry)
})

test('members that need what is not there yet are refused by name', async () => {
  const recipient = { KeyId: arn, KeySpec: 'AES_256', Recipient: {} }
  assert.match(await service.fault('GenerateDataKey', recipient), /^UnsupportedOperationException: Recipient/)
  assert.match(
    await service.fault('GenerateDataKey', { KeyId: arn, KeySpec: 'AES_256', GrantTokens: ['token'] }),
    /^InvalidGrantTokenException/,
  )
})

test('an algorithm that the key does not have is an invalid usage', async () => {
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_1'
  assert.equal(
    await service.fault('Encrypt', { KeyId: arn, Plaintext: base64('x'), EncryptionAlgorithm }),
    'InvalidKeyUsageException: Algorithm RSAES_OAEP_SHA_1 is incompatible with key spec SYMMETRIC_DEFAULT.',
  )
})

test('GenerateRandom returns as many bytes as asked for, and wants to be asked', async () => {
  const { Plaintext } = await service.ok('GenerateRandom', { NumberOfBytes: 1024 })
  assert.equal(Buffer.from(Plaintext as string, 'base64').byteLength, 1024)
  assert.equal(await service.fault('GenerateRandom', {}), 'ValidationException: NumberOfBytes is required.')
})

test('the size of a data key is named exactly once', async () => {
  const message = 'ValidationException: Please specify either number of bytes or key spec.'
  assert.equal(await service.fault('GenerateDataKey', { KeyId: arn }), message)
  assert.equal(await service.fault('GenerateDataKey', { KeyId: arn, KeySpec: 'AES_256', NumberOfBytes: 32 }), message)
})

test('a context has at most 8192 bytes of names and values', async () => {
  const value = 'é'.repeat(4095)
  await encrypt({ ab: value })
  const EncryptionContext = { abc: value }
  assert.equal(
    await service.fault('GenerateDataKey', { KeyId: arn, KeySpec: 'AES_256', EncryptionContext }),
    'ValidationException: EncryptionContext can have at most 8192 bytes of names and values.',
  )
})

test('a context whose names need escapes keeps them apart', async () => {
  const CiphertextBlob = await encrypt({ '\\': '1', '"': '2' })
  await service.ok('Decrypt', { CiphertextBlob, EncryptionContext: { '"': '2', '\\': '1' } })
  const wrong = { CiphertextBlob, EncryptionContext: { '\\': '2' } }
  assert.equal(await service.fault('Decrypt', wrong), 'InvalidCiphertextException')
})
