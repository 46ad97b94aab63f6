import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { KeyUsageType } from '@keyhold/protocol'
import { type KeySpec, keySpecs } from '../../../../src/domain/keys/specs.ts'
import { spki } from '../../../crypto/support/keys.ts'
import { ACCOUNT, base64, REGION, TestService } from '../../../support/service.ts'
import { downloadedKey, TypedKeys } from '../../../support/typed-keys.ts'

/** What CreateKey makes of each spec and usage, and what DescribeKey and GetPublicKey then say of it. */

let service: TestService
let keys: TypedKeys

before(async () => {
  service = await TestService.open()
  keys = new TypedKeys(service)
})
after(() => service[Symbol.asyncDispose]())

type Members = Record<string, unknown>

const USAGES: readonly KeyUsageType[] = [
  'ENCRYPT_DECRYPT',
  'SIGN_VERIFY',
  'GENERATE_VERIFY_MAC',
  'KEY_AGREEMENT',
  'ENCAPSULATE_DECAPSULATE',
]

/** Under which name a key shows what it can do, and what that is. */
const LISTS: Readonly<Record<KeyUsageType, [member: string, algorithms: (spec: KeySpec) => readonly string[]]>> = {
  ENCRYPT_DECRYPT: ['EncryptionAlgorithms', (spec) => spec.encryptionAlgorithms],
  SIGN_VERIFY: ['SigningAlgorithms', (spec) => spec.signingAlgorithms],
  GENERATE_VERIFY_MAC: ['MacAlgorithms', (spec) => spec.macAlgorithms],
  KEY_AGREEMENT: ['KeyAgreementAlgorithms', (spec) => spec.keyAgreementAlgorithms],
  ENCAPSULATE_DECAPSULATE: ['EncapsulationAlgorithms', (spec) => spec.encapsulationAlgorithms],
}

async function metadataOf(KeyId: string): Promise<Members> {
  return (await service.ok<{ KeyMetadata: Members }>('DescribeKey', { KeyId })).KeyMetadata
}

for (const spec of keySpecs().filter(({ offered }) => offered)) {
  describe(spec.name, () => {
    for (const usage of spec.usages) {
      const [list, algorithms] = LISTS[usage]

      test(`is made for ${usage}, and shows its ${list} and no others`, async () => {
        const { keyId } = await keys.get(spec.name, usage)
        const metadata = await metadataOf(keyId)
        const { KeySpec, CustomerMasterKeySpec, KeyUsage, KeyState, Origin, MultiRegion } = metadata
        assert.deepEqual(
          [KeySpec, CustomerMasterKeySpec, KeyUsage, KeyState, Origin, MultiRegion],
          [spec.name, spec.name, usage, 'Enabled', 'AWS_KMS', false],
        )
        assert.deepEqual(metadata[list], algorithms(spec))
        const others = USAGES.filter((other) => other !== usage).map((other) => LISTS[other][0])
        for (const other of others) assert.equal(metadata[other], undefined)
        assert.equal(metadata.CurrentKeyMaterialId !== undefined, spec.name === 'SYMMETRIC_DEFAULT')
        assert.equal(metadata.MultiRegionConfiguration, undefined)
      })

      if (spec.material.kind === 'secret') {
        test(`has no public key (${usage})`, async () => {
          const { keyId: KeyId } = await keys.get(spec.name, usage)
          assert.equal(await service.fault('GetPublicKey', { KeyId }), 'UnsupportedOperationException')
        })
        continue
      }
      test(`shows its public key with what it is for (${usage})`, async () => {
        const { keyId, arn } = await keys.get(spec.name, usage)
        const { PublicKey, ...rest } = await service.ok<Members>('GetPublicKey', { KeyId: arn })
        assert.equal(PublicKey, base64(spki(await downloadedKey(service, keyId))))
        assert.deepEqual(rest, {
          KeyId: arn,
          KeySpec: spec.name,
          CustomerMasterKeySpec: spec.name,
          KeyUsage: usage,
          [list]: algorithms(spec),
        })
      })
    }

    test('is not made for a usage that it does not have, or for none that is said', async () => {
      for (const KeyUsage of USAGES.filter((usage) => !spec.usages.includes(usage))) {
        assert.equal(
          await service.fault('CreateKey', { KeySpec: spec.name, KeyUsage }),
          `ValidationException: KeyUsage ${KeyUsage} is not compatible with KeySpec ${spec.name}`,
        )
      }
      if (spec.name === 'SYMMETRIC_DEFAULT') return
      assert.equal(
        await service.fault('CreateKey', { KeySpec: spec.name }),
        'ValidationException: You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
      )
    })

    test(
      spec.wrappingAlgorithms.length > 0 ? 'waits for material that is imported' : 'takes no imported material',
      async () => {
        const [KeyUsage] = spec.usages
        const wanted = { KeySpec: spec.name, KeyUsage, Origin: 'EXTERNAL' }
        if (spec.wrappingAlgorithms.length === 0) {
          const fault = `ValidationException: KeySpec ${spec.name} is not supported for Origin EXTERNAL`
          return assert.equal(await service.fault('CreateKey', wanted), fault)
        }
        const { keyId, arn } = await service.createKey(wanted)
        const { KeyState, Enabled, Origin, CurrentKeyMaterialId, ExpirationModel } = await metadataOf(keyId)
        assert.deepEqual([KeyState, Enabled, Origin], ['PendingImport', false, 'EXTERNAL'])
        assert.deepEqual([CurrentKeyMaterialId, ExpirationModel], [undefined, undefined])
        const expected =
          spec.material.kind === 'secret'
            ? 'UnsupportedOperationException'
            : `KMSInvalidStateException: ${arn} is pending import.`
        assert.equal(await service.fault('GetPublicKey', { KeyId: keyId }), expected)
      },
    )
  })
}

test('SM2 is known and not supported, as outside of AWS’s China Regions', async () => {
  for (const KeyUsage of ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'KEY_AGREEMENT']) {
    assert.equal(
      await service.fault('CreateKey', { KeySpec: 'SM2', KeyUsage }),
      'UnsupportedOperationException: KeySpec SM2 is not supported in this Region',
    )
  }
})

test('the deprecated name of the spec is taken too', async () => {
  const { keyId } = await service.createKey({ CustomerMasterKeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  assert.equal((await metadataOf(keyId)).KeySpec, 'ECC_NIST_P256')
})

test('a multi-Region key has an id of its own form and is a primary without replicas', async () => {
  for (const wanted of [{}, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }, { Origin: 'EXTERNAL' }]) {
    const { keyId, arn } = await service.createKey({ MultiRegion: true, ...wanted })
    assert.match(keyId, /^mrk-[0-9a-f]{32}$/)
    assert.equal(arn, `arn:aws:kms:${REGION}:${ACCOUNT}:key/${keyId}`)
    const { MultiRegion, MultiRegionConfiguration } = await metadataOf(keyId)
    assert.equal(MultiRegion, true)
    const PrimaryKey = { Arn: arn, Region: REGION }
    assert.deepEqual(MultiRegionConfiguration, { MultiRegionKeyType: 'PRIMARY', PrimaryKey, ReplicaKeys: [] })
  }
  const { keyId } = await service.createKey({ MultiRegion: true })
  const { CiphertextBlob } = await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('text') })
  assert.equal((await service.ok('Decrypt', { CiphertextBlob })).Plaintext, base64('text'))
})

test('the public half of material that is gone is still there', async () => {
  const { keyId: KeyId } = await service.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const before = await service.ok('GetPublicKey', { KeyId })
  await service.force(KeyId, { state: 'PendingImport', origin: 'EXTERNAL' })
  assert.deepEqual(await service.ok('GetPublicKey', { KeyId }), before)
})

test('an alias goes on to a key of the same type and usage, whatever its spec', async () => {
  const rsa = await keys.get('RSA_2048', 'SIGN_VERIFY')
  const cases: [from: { keyId: string }, to: { keyId: string }, moves: boolean][] = [
    [rsa, await keys.get('ML_DSA_44', 'SIGN_VERIFY'), true],
    [await keys.get('HMAC_224', 'GENERATE_VERIFY_MAC'), await keys.get('HMAC_512', 'GENERATE_VERIFY_MAC'), true],
    [rsa, await keys.get('RSA_2048', 'ENCRYPT_DECRYPT'), false],
    [await keys.get('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'), await keys.get('RSA_2048', 'ENCRYPT_DECRYPT'), false],
    [await keys.get('HMAC_224', 'GENERATE_VERIFY_MAC'), rsa, false],
  ]
  for (const [index, [from, to, moves]] of cases.entries()) {
    const AliasName = `alias/type-${index}`
    await service.ok('CreateAlias', { AliasName, TargetKeyId: from.keyId })
    const update = { AliasName, TargetKeyId: to.keyId }
    if (moves) await service.ok('UpdateAlias', update)
    else
      assert.match(await service.fault('UpdateAlias', update), /^ValidationException: .* same key type and key usage/)
  }
})
