import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { pkcs8, spki } from '../../../crypto/support/keys.ts'
import { base64, TestService } from '../../../support/service.ts'
import { bytes, downloadedKey, extracted, TypedKeys } from '../../../support/typed-keys.ts'

let service: TestService
let keys: TypedKeys

before(async () => {
  service = await TestService.open()
  keys = new TypedKeys(service)
})
after(() => service[Symbol.asyncDispose]())

type RsaSpec = 'RSA_2048' | 'RSA_3072' | 'RSA_4096'

/** Source: AWS KMS API Reference, Encrypt: the longest plaintext of each spec and algorithm. */
const LIMITS: readonly [spec: RsaSpec, algorithm: string, bytes: number][] = [
  ['RSA_2048', 'RSAES_OAEP_SHA_1', 214],
  ['RSA_2048', 'RSAES_OAEP_SHA_256', 190],
  ['RSA_3072', 'RSAES_OAEP_SHA_1', 342],
  ['RSA_3072', 'RSAES_OAEP_SHA_256', 318],
  ['RSA_4096', 'RSAES_OAEP_SHA_1', 470],
  ['RSA_4096', 'RSAES_OAEP_SHA_256', 446],
]

for (const [spec, EncryptionAlgorithm, most] of LIMITS) {
  describe(`${EncryptionAlgorithm} with ${spec}`, () => {
    const rsa = { name: 'RSA-OAEP', hash: EncryptionAlgorithm.endsWith('_1') ? 'SHA-1' : 'SHA-256' }

    test(`encrypts up to ${most} bytes into one block, which Decrypt and WebCrypto open`, async () => {
      const { keyId: KeyId, arn } = await keys.get(spec, 'ENCRYPT_DECRYPT')
      const Plaintext = base64(Buffer.alloc(most, 'p'))
      const { CiphertextBlob, ...rest } = await service.ok('Encrypt', { KeyId, Plaintext, EncryptionAlgorithm })
      assert.deepEqual(rest, { KeyId: arn, EncryptionAlgorithm })
      assert.equal(bytes(CiphertextBlob).byteLength, Number(spec.slice(4)) / 8)
      const opened = await service.ok('Decrypt', { KeyId, CiphertextBlob, EncryptionAlgorithm })
      assert.deepEqual(opened, { KeyId: arn, Plaintext, EncryptionAlgorithm })
      const privateKey = pkcs8(await extracted(service, KeyId))
      const imported = await crypto.subtle.importKey('pkcs8', privateKey, rsa, false, ['decrypt'])
      const theirs = await crypto.subtle.decrypt(rsa, imported, Uint8Array.from(bytes(CiphertextBlob)))
      assert.equal(base64(new Uint8Array(theirs)), Plaintext)
    })

    test('opens what WebCrypto encrypted with the downloaded key', async () => {
      const { keyId: KeyId } = await keys.get(spec, 'ENCRYPT_DECRYPT')
      const publicKey = Uint8Array.from(spki(await downloadedKey(service, KeyId)))
      const imported = await crypto.subtle.importKey('spki', publicKey, rsa, false, ['encrypt'])
      const ciphertext = await crypto.subtle.encrypt(rsa, imported, Uint8Array.from(Buffer.from('from elsewhere')))
      const CiphertextBlob = base64(new Uint8Array(ciphertext))
      const { Plaintext } = await service.ok('Decrypt', { KeyId, CiphertextBlob, EncryptionAlgorithm })
      assert.equal(Plaintext, base64('from elsewhere'))
    })

    test(`refuses ${most + 1} bytes`, async () => {
      const { keyId: KeyId } = await keys.get(spec, 'ENCRYPT_DECRYPT')
      assert.equal(
        await service.fault('Encrypt', { KeyId, Plaintext: base64(Buffer.alloc(most + 1)), EncryptionAlgorithm }),
        `ValidationException: Algorithm ${EncryptionAlgorithm} and key spec ${spec} cannot encrypt data larger than ` +
          `${most} bytes.`,
      )
    })
  })
}

const OAEP = { EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }

async function encrypted(text = 'text'): Promise<{ KeyId: string; CiphertextBlob: string }> {
  const { keyId: KeyId } = await keys.get('RSA_2048', 'ENCRYPT_DECRYPT')
  const { CiphertextBlob = '' } = await service.ok('Encrypt', { KeyId, Plaintext: base64(text), ...OAEP })
  return { KeyId, CiphertextBlob }
}

test('an RSA key has no default algorithm, and no other spec’s', async () => {
  const { keyId: KeyId } = await keys.get('RSA_2048', 'ENCRYPT_DECRYPT')
  const fault = 'InvalidKeyUsageException: Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.'
  assert.equal(await service.fault('Encrypt', { KeyId, Plaintext: base64('x') }), fault)
  assert.equal(await service.fault('Decrypt', await encrypted()), fault)
  assert.equal(await service.fault('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }), fault)
  assert.equal(await service.fault('GenerateDataKeyPair', { KeyId, KeyPairSpec: 'ECC_NIST_P256' }), fault)
  const sm2 = { KeyId, Plaintext: base64('x'), EncryptionAlgorithm: 'SM2PKE' }
  assert.equal(await service.fault('Encrypt', sm2), fault.replace('SYMMETRIC_DEFAULT', 'SM2PKE'))
})

test('a bare block does not name its key: the caller of Decrypt must', async () => {
  const { CiphertextBlob } = await encrypted()
  assert.equal(
    await service.fault('Decrypt', { CiphertextBlob, ...OAEP }),
    'ValidationException: KeyId is required with algorithm RSAES_OAEP_SHA_256.',
  )
  assert.equal(await service.fault('Decrypt', { CiphertextBlob }), 'InvalidCiphertextException')
  const { keyId: DestinationKeyId } = await service.createKey()
  assert.equal(
    await service.fault('ReEncrypt', {
      CiphertextBlob,
      SourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      DestinationKeyId,
    }),
    'ValidationException: SourceKeyId is required with algorithm RSAES_OAEP_SHA_256.',
  )
})

test('another key, another hash and changed, short or long blocks do not open, without a word of why', async () => {
  const { KeyId, CiphertextBlob } = await encrypted()
  const other = await service.createKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  const block = bytes(CiphertextBlob)
  const changed = Buffer.from(block)
  changed[100]! ^= 1
  const faults = [
    { KeyId: other.keyId, CiphertextBlob, ...OAEP },
    { KeyId, CiphertextBlob, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' },
    ...[changed, block.subarray(1), Buffer.concat([block, block]), Buffer.alloc(256, 0xff)].map((wrong) => ({
      KeyId,
      CiphertextBlob: base64(wrong),
      ...OAEP,
    })),
  ]
  for (const input of faults) assert.equal(await service.fault('Decrypt', input), 'InvalidCiphertextException')
})

test('an encryption context, which nothing would bind to the block, is refused; an empty one is none', async () => {
  const { KeyId, CiphertextBlob } = await encrypted()
  const fault = 'ValidationException: An encryption context is not supported with algorithm RSAES_OAEP_SHA_256.'
  const EncryptionContext = { tenant: 't-1' }
  assert.equal(await service.fault('Encrypt', { KeyId, Plaintext: base64('x'), EncryptionContext, ...OAEP }), fault)
  assert.equal(await service.fault('Decrypt', { KeyId, CiphertextBlob, EncryptionContext, ...OAEP }), fault)
  await service.ok('Decrypt', { KeyId, CiphertextBlob, EncryptionContext: {}, ...OAEP })
})

test('ReEncrypt moves a ciphertext from a public key to a symmetric one and back', async () => {
  const { KeyId: SourceKeyId, CiphertextBlob } = await encrypted('moved')
  const rsa = await keys.get('RSA_2048', 'ENCRYPT_DECRYPT')
  const symmetric = await service.createKey()
  const there = await service.ok('ReEncrypt', {
    CiphertextBlob,
    SourceKeyId,
    SourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
    DestinationKeyId: symmetric.keyId,
    DestinationEncryptionContext: { tenant: 't-1' },
  })
  assert.deepEqual([there.SourceKeyId, there.KeyId], [rsa.arn, symmetric.arn])
  assert.deepEqual(
    [there.SourceEncryptionAlgorithm, there.DestinationEncryptionAlgorithm],
    ['RSAES_OAEP_SHA_256', 'SYMMETRIC_DEFAULT'],
  )
  assert.equal(there.SourceKeyMaterialId, undefined)
  assert.match(there.DestinationKeyMaterialId ?? '', /^[0-9a-f]{64}$/)
  const back = await service.ok('ReEncrypt', {
    CiphertextBlob: there.CiphertextBlob,
    SourceEncryptionContext: { tenant: 't-1' },
    DestinationKeyId: rsa.keyId,
    DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_1',
  })
  assert.equal(back.DestinationKeyMaterialId, undefined)
  const { Plaintext } = await service.ok('Decrypt', {
    KeyId: rsa.arn,
    CiphertextBlob: back.CiphertextBlob,
    EncryptionAlgorithm: 'RSAES_OAEP_SHA_1',
  })
  assert.equal(Plaintext, base64('moved'))
})

test('ReEncrypt refuses for its destination what does not fit', async () => {
  const symmetric = await service.createKey()
  const Plaintext = base64(Buffer.alloc(300))
  const { CiphertextBlob } = await service.ok('Encrypt', { KeyId: symmetric.keyId, Plaintext })
  const { keyId: DestinationKeyId } = await keys.get('RSA_2048', 'ENCRYPT_DECRYPT')
  const DestinationEncryptionAlgorithm = 'RSAES_OAEP_SHA_1'
  assert.equal(
    await service.fault('ReEncrypt', { CiphertextBlob, DestinationKeyId, DestinationEncryptionAlgorithm }),
    'ValidationException: Algorithm RSAES_OAEP_SHA_1 and key spec RSA_2048 cannot encrypt data larger than 214 bytes.',
  )
})

test('a dry run that ignores the ciphertext asks about the permission alone, with an RSA key too', async () => {
  const { KeyId } = await encrypted()
  const dry = 'DryRunOperationException: The request would have succeeded, but the DryRun option is set.'
  const request = { KeyId, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'], ...OAEP }
  assert.equal(await service.fault('Decrypt', request), dry)
  assert.equal(await service.fault('Encrypt', { KeyId, Plaintext: base64('x'), DryRun: true, ...OAEP }), dry)
})
