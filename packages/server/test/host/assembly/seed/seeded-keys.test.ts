import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { MacAlgorithmSpec, SigningAlgorithmSpec } from '@keyhold/protocol'
import { isKeyPair, type KeySpec, keySpec, keySpecs, secretBytes } from '../../../../src/domain/keys/specs.ts'
import { ACCOUNT, base64, callerOf, REGION, TestService } from '../../../support/service.ts'
import { seed } from './seeded.ts'

const ID = '1234abcd-12ab-34cd-56ef-1234567890ab'
const MRK = 'mrk-1234abcd12ab34cd56ef1234567890ab'
const MATERIAL = base64(Buffer.alloc(32, 7))
const here = { account: ACCOUNT, region: REGION }
const DAY_MS = 86_400_000

/** RSA keys of the greater lengths take seconds to generate, and are read by the same code. */
const SPECS = keySpecs().filter(({ offered, name }) => offered && name !== 'RSA_3072' && name !== 'RSA_4096')

interface Metadata {
  KeyState: string
  KeySpec: string
  KeyUsage: string
  DeletionDate?: number
  ValidTo?: number
  Origin: string
  MultiRegionConfiguration?: { MultiRegionKeyType: string; ReplicaKeys: object[] }
}

async function metadata(service: TestService, KeyId: string, region = REGION): Promise<Metadata> {
  const caller = callerOf(ACCOUNT, region)
  return (await service.ok<{ KeyMetadata: Metadata }>('DescribeKey', { KeyId }, caller)).KeyMetadata
}

describe('a seeded key', () => {
  test('has any spec and usage, and given material that makes it the same everywhere', async () => {
    await using first = await TestService.open('on')
    await using second = await TestService.open('off')
    const keys = SPECS.flatMap((spec) => {
      const material = isKeyPair(spec) ? pemOf(spec.name) : base64(randomBytes(secretBytes(spec)))
      return spec.usages.map((usage) => ({ ...here, id: crypto.randomUUID(), spec: spec.name, usage, material }))
    })
    for (const service of [first, second]) await seed(service, { keys })
    for (const { id, spec, usage } of keys) {
      const { KeySpec, KeyUsage, KeyState } = await metadata(second, id)
      assert.deepEqual([KeySpec, KeyUsage, KeyState], [spec, usage, 'Enabled'])
      await sameKey(id, keySpec(spec), usage, { first, second })
    }
  })

  test('has any state, with its date', async () => {
    await using service = await TestService.open('off')
    const external = { origin: 'EXTERNAL', material: MATERIAL }
    const rows: [object, Partial<Metadata>][] = [
      [{}, { KeyState: 'Enabled' }],
      [{ state: 'Disabled' }, { KeyState: 'Disabled' }],
      [{ state: 'PendingDeletion' }, { KeyState: 'PendingDeletion', DeletionDate: inDays(service, 30) }],
      [
        { state: 'PendingDeletion', deletionDays: 7 },
        { KeyState: 'PendingDeletion', DeletionDate: inDays(service, 7) },
      ],
      [{ origin: 'EXTERNAL' }, { KeyState: 'PendingImport', Origin: 'EXTERNAL' }],
      [external, { KeyState: 'Enabled', Origin: 'EXTERNAL' }],
      [{ ...external, state: 'Disabled' }, { KeyState: 'Disabled' }],
      [
        { ...external, expiresInDays: 10 },
        { KeyState: 'Enabled', ValidTo: inDays(service, 10) },
      ],
      [{ ...external, expires: new Date(service.clock.now() + DAY_MS).toISOString() }, { ValidTo: inDays(service, 1) }],
    ]
    const keys = rows.map(([said]) => ({ ...here, id: crypto.randomUUID(), ...said }))
    await seed(service, { keys })
    for (const [index, [, expected]] of rows.entries()) {
      const found = await metadata(service, keys[index]?.id ?? '')
      assert.deepEqual({ ...found, ...expected }, found)
    }
  })

  test('rotated before, and goes on to rotate', async () => {
    await using first = await TestService.open('off')
    await using second = await TestService.open('off')
    const oldest = base64(Buffer.alloc(32, 1))
    await seed(first, { keys: [{ ...here, id: ID, material: oldest }] })
    const { CiphertextBlob } = await first.ok('Encrypt', { KeyId: ID, Plaintext: 'AAAA' })
    const earlierMaterials = [oldest, base64(Buffer.alloc(32, 2))]
    await seed(second, { keys: [{ ...here, id: ID, material: MATERIAL, earlierMaterials, rotationDays: 90 }] })
    assert.equal((await second.ok('Decrypt', { CiphertextBlob })).Plaintext, 'AAAA')
    const { Rotations } = await second.ok<{ Rotations: object[] }>('ListKeyRotations', { KeyId: ID })
    assert.equal(Rotations.length, 2)
    const status = await second.ok<Record<string, unknown>>('GetKeyRotationStatus', { KeyId: ID })
    assert.deepEqual([status['KeyRotationEnabled'], status['RotationPeriodInDays']], [true, 90])
  })

  test('has replicas with states, aliases and tags of their own, which are ready', async () => {
    await using service = await TestService.open('off')
    const replicas = [
      { region: 'eu-west-1', aliases: ['alias/there'], tags: { at: 'there' }, description: 'second' },
      { region: 'us-east-1', state: 'Disabled' },
    ]
    await seed(service, { keys: [{ ...here, id: MRK, state: 'Disabled', replicas }] })
    const primary = await metadata(service, MRK)
    assert.deepEqual([primary.KeyState, primary.MultiRegionConfiguration?.ReplicaKeys.length], ['Disabled', 2])
    assert.equal((await metadata(service, 'alias/there', 'eu-west-1')).KeyState, 'Enabled')
    assert.equal((await metadata(service, MRK, 'us-east-1')).KeyState, 'Disabled')
    const tags = await service.ok<object>('ListResourceTags', { KeyId: MRK }, callerOf(ACCOUNT, 'eu-west-1'))
    assert.deepEqual(tags, { Tags: [{ TagKey: 'at', TagValue: 'there' }], Truncated: false })
  })

  test('has grants, and a policy that may deny everything', async () => {
    await using service = await TestService.open('off')
    const grant = { grantee: ACCOUNT, operations: ['Decrypt'], name: 'n', contextSubset: { a: 'b' } }
    const Statement = [{ Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: '*' }]
    const policy = { Version: '2012-10-17', Statement }
    await seed(service, {
      keys: [{ ...here, id: ID, aliases: ['alias/a'], grants: [grant], policy, state: 'Disabled' }],
    })
    const { Grants } = await service.ok<{ Grants: Record<string, unknown>[] }>('ListGrants', { KeyId: ID })
    assert.deepEqual(Grants[0]?.['Constraints'], { EncryptionContextSubset: { a: 'b' } })
    const { Policy = '' } = await service.ok('GetKeyPolicy', { KeyId: ID })
    assert.deepEqual(JSON.parse(Policy), policy)
  })

  test('that no request could make is refused with its place and the reason', async () => {
    await using service = await TestService.open('off')
    const refused: [object, RegExp][] = [
      [{ material: 'AAAA' }, /^SeedError: keys\[0\]\.material: expected 32 bytes in base64/],
      [
        { spec: 'ECC_NIST_P256', usage: 'SIGN_VERIFY', material: pemOf('ECC_NIST_P384') },
        /material: expected a private key of ECC_NIST_P256/,
      ],
      [{ spec: 'ML_DSA_44', material: MATERIAL }, /material: expected a private key of ML_DSA_44/],
      [{ aliases: ['alias/aws/x'] }, /^SeedError: keys\[0\]\.aliases\[0\]: CreateAlias is refused: NotAuthorized/],
      [{ tags: { a: 'x'.repeat(257) } }, /^SeedError: keys\[0\]: CreateKey is refused: ValidationException/],
      [{ grants: [{ grantee: ACCOUNT, operations: ['Nothing'] }] }, /keys\[0\]\.grants\[0\]: CreateGrant is refused/],
      [{ spec: 'HMAC_256', rotationDays: 90 }, /keys\[0\]\.rotationDays: EnableKeyRotation is refused/],
    ]
    for (const [said, expected] of refused) {
      await assert.rejects(seed(service, { keys: [{ ...here, id: crypto.randomUUID(), ...said }] }), expected)
    }
  })
})

/** Whether two services have the same key: what one of them makes, the other takes. */
async function sameKey(
  KeyId: string,
  { signingAlgorithms, macAlgorithms, encryptionAlgorithms }: KeySpec,
  usage: string,
  { first, second }: { first: TestService; second: TestService },
): Promise<void> {
  const caller = { ...callerOf(ACCOUNT), principal: { ...callerOf(ACCOUNT).principal } }
  const root = {
    ...caller,
    principal: { ...caller.principal, type: 'Root' as const, arn: `arn:aws:iam::${ACCOUNT}:root` },
  }
  const Message = base64('m')
  if (usage === 'SIGN_VERIFY') {
    const SigningAlgorithm = signingAlgorithms[0] as SigningAlgorithmSpec
    const { Signature } = await first.ok('Sign', { KeyId, Message, SigningAlgorithm }, root)
    await second.ok('Verify', { KeyId, Message, SigningAlgorithm, Signature })
  } else if (usage === 'GENERATE_VERIFY_MAC') {
    const MacAlgorithm = macAlgorithms[0] as MacAlgorithmSpec
    const { Mac } = await first.ok('GenerateMac', { KeyId, Message, MacAlgorithm }, root)
    await second.ok('VerifyMac', { KeyId, Message, MacAlgorithm, Mac })
  } else if (usage === 'ENCRYPT_DECRYPT') {
    const EncryptionAlgorithm = encryptionAlgorithms[0]
    const { CiphertextBlob } = await first.ok('Encrypt', { KeyId, Plaintext: Message, EncryptionAlgorithm }, root)
    assert.equal((await second.ok('Decrypt', { KeyId, CiphertextBlob, EncryptionAlgorithm })).Plaintext, Message)
  } else {
    const { PublicKey } = await first.ok('GetPublicKey', { KeyId }, root)
    assert.equal((await second.ok('GetPublicKey', { KeyId })).PublicKey, PublicKey)
  }
}

function pemOf(name: string): string {
  const { material } = keySpec(name as 'RSA_2048')
  if (material.kind === 'secret' || material.kind === 'sm2') throw new Error(`${name} has no pairs`)
  const generate = generateKeyPairSync as unknown as (type: string, options: object) => { privateKey: KeyObject }
  const { privateKey } = generate(material.keyType, material.generation)
  return privateKey.export({ format: 'pem', type: 'pkcs8' })
}

function inDays({ clock }: TestService, days: number): number {
  return (clock.now() + days * DAY_MS) / 1000
}
