import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import { describe, test } from 'node:test'
import { ACCOUNT, base64, rootOf, TestService } from '../../../support/service.ts'

const ID = 'fe960654-cdc9-4580-9368-8c58c3865a46'
const MULTI_REGION_ID = 'mrk-fe960654cdc9458093688c58c3865a46'
const MATERIAL = base64(Buffer.alloc(32, 7))

describe('on a development server, tags of a new key', () => {
  test('choose its id and its material, and stay tags', async () => {
    await using first = await obeying()
    await using second = await obeying()
    const Tags = tags({ _custom_id_: ID, _custom_key_material_: MATERIAL, other: 'x' })
    for (const service of [first, second]) assert.equal((await service.createKey({ Tags })).keyId, ID)
    const { CiphertextBlob } = await first.ok('Encrypt', { KeyId: ID, Plaintext: base64('x') })
    assert.equal((await second.ok('Decrypt', { CiphertextBlob })).Plaintext, base64('x'))
    const listed = await first.ok<{ Tags: object[] }>('ListResourceTags', { KeyId: ID })
    assert.deepEqual(listed.Tags, Tags)
  })

  test('choose the private key of a pair, in the encodings that tools write', async () => {
    await using service = await obeying()
    const curve = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey
    const edwards = generateKeyPairSync('ed25519').privateKey
    const pairs = [
      { spec: 'ECC_NIST_P256', key: curve('P-256'), type: 'sec1', algorithm: 'ECDSA_SHA_256' },
      { spec: 'ECC_SECG_P256K1', key: curve('secp256k1'), type: 'pkcs8', algorithm: 'ECDSA_SHA_256' },
      { spec: 'ECC_NIST_EDWARDS25519', key: edwards, type: 'pkcs8', algorithm: 'ED25519_SHA_512' },
    ] as const
    for (const { spec, key, type, algorithm } of pairs) {
      const der = key.export({ format: 'der', type } as { format: 'der'; type: 'pkcs8' })
      const input = { KeySpec: spec, KeyUsage: 'SIGN_VERIFY', Tags: tags({ _custom_key_material_: base64(der) }) }
      const { keyId } = await service.createKey(input)
      const message = { KeyId: keyId, Message: base64('m'), SigningAlgorithm: algorithm }
      const { Signature = '' } = await service.ok('Sign', message)
      const hash = spec === 'ECC_NIST_EDWARDS25519' ? null : 'sha256'
      assert.ok(verify(hash, Buffer.from('m'), createPublicKey(key), Buffer.from(Signature, 'base64')), spec)
    }
  })

  test('are refused where they cannot choose', async () => {
    await using service = await obeying()
    await service.createKey({ Tags: tags({ _custom_id_: ID }) })
    const short = base64(Buffer.alloc(31))
    const refused: [object, RegExp][] = [
      [{ Tags: tags({ _custom_id_: ID }) }, /^AlreadyExistsException: The key arn:aws:kms:.* already exists/],
      [{ Tags: tags({ _custom_id_: 'mine' }) }, /^ValidationException: The tag _custom_id_ must be a UUID/],
      [{ Tags: tags({ _custom_id_: MULTI_REGION_ID }) }, /_custom_id_ must be a UUID/],
      [{ Tags: tags({ _custom_id_: ID }), MultiRegion: true }, /_custom_id_ must be mrk-/],
      [{ Tags: tags({ _custom_key_material_: short }) }, /must be the material of a key of SYMMETRIC_DEFAULT/],
      [{ Tags: tags({ _custom_key_material_: MATERIAL }), Origin: 'EXTERNAL' }, /_custom_key_material_ must be absent/],
    ]
    for (const [input, expected] of refused) assert.match(await service.fault('CreateKey', input), expected)
    assert.equal((await service.ok<{ Keys: object[] }>('ListKeys', {})).Keys.length, 1)
    const { keyId } = await service.createKey({ MultiRegion: true, Tags: tags({ _custom_id_: MULTI_REGION_ID }) })
    assert.equal(keyId, MULTI_REGION_ID)
  })

  test('choose once where two requests want the same id', async () => {
    await using service = await obeying()
    const input = { Tags: tags({ _custom_id_: ID, _custom_key_material_: MATERIAL }) }
    const replies = await Promise.all([service.call('CreateKey', input), service.call('CreateKey', input)])
    assert.deepEqual(
      replies.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 400],
    )
  })
})

test('on a service that is not for development, such tags are tags and nothing else', async () => {
  await using service = await TestService.open('on')
  const Tags = tags({ _custom_id_: ID, _custom_key_material_: 'nonsense' })
  const { keyId } = await service.createKey({ Tags }, { ...rootOf(ACCOUNT), service: 'kms' })
  assert.notEqual(keyId, ID)
})

async function obeying(): Promise<TestService> {
  const service = await TestService.open('off')
  service.services.customTags = 'obeyed'
  return service
}

function tags(values: Record<string, string>): { TagKey: string; TagValue: string }[] {
  return Object.entries(values).map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
}
