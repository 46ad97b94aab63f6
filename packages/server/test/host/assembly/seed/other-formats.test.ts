import assert from 'node:assert/strict'
import { generateKeyPairSync, verify } from 'node:crypto'
import { describe, test } from 'node:test'
import { parseSeed } from '../../../../src/host/assembly/seed/seed-file.ts'
import { base64, callerOf, TestService } from '../../../support/service.ts'
import { seed } from './seeded.ts'

const AES = 'bc436485-5092-42b8-92a3-0aa8b93536dc'
const EXTERNAL = '5ef77041-d1e6-4af1-9a41-e49a4b45efb6'
const EMPTY = '5d05267f-bb87-4d0b-8594-295a4371d414'
const ECC = '800d5768-3fd7-4edd-a4b8-4c81c3e4c147'
const KEYS = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)].map((key) => key.toString('hex'))
const CALLER = callerOf('111122223333', 'eu-west-2')
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const PEM = pair.privateKey.export({ format: 'pem', type: 'sec1' })

const SEED = {
  Keys: {
    Symmetric: {
      Aes: [
        { Metadata: { KeyId: AES, Description: 'two' }, BackingKeys: KEYS },
        { Metadata: { KeyId: EXTERNAL, Origin: 'EXTERNAL' }, BackingKeys: KEYS.slice(1) },
        { Metadata: { KeyId: EMPTY, Origin: 'EXTERNAL' } },
      ],
    },
    Asymmetric: { Ecc: [{ Metadata: { KeyId: ECC, KeyUsage: 'SIGN_VERIFY' }, PrivateKeyPem: PEM }] },
  },
  Aliases: [{ AliasName: 'alias/testing', TargetKeyId: AES }],
}

describe('a seed of local-kms', () => {
  test('makes its keys, with backing keys as rotations, and its aliases', async () => {
    await using service = await TestService.open('off')
    await seed(service, JSON.stringify(SEED))
    const states: Record<string, string> = {}
    for (const KeyId of [AES, EXTERNAL, EMPTY, ECC, 'alias/testing']) {
      const { KeyMetadata } = await service.ok<{ KeyMetadata: { KeyState: string } }>('DescribeKey', { KeyId }, CALLER)
      states[KeyId] = KeyMetadata.KeyState
    }
    assert.deepEqual(Object.values(states), ['Enabled', 'Enabled', 'PendingImport', 'Enabled', 'Enabled'])
    const { Rotations } = await service.ok<{ Rotations: object[] }>('ListKeyRotations', { KeyId: AES }, CALLER)
    assert.equal(Rotations.length, 1)
    const message = { KeyId: ECC, Message: base64('m'), SigningAlgorithm: 'ECDSA_SHA_256' }
    const { Signature = '' } = await service.ok('Sign', message, CALLER)
    assert.ok(verify('sha256', Buffer.from('m'), pair.publicKey, Buffer.from(Signature, 'base64')))
  })

  test('is put where AccountId and Region say, as its variables do there', async () => {
    await using service = await TestService.open('off')
    await seed(service, { ...SEED, AccountId: '000000000000', Region: 'us-east-1' })
    await service.ok('DescribeKey', { KeyId: 'alias/testing' }, callerOf('000000000000', 'us-east-1'))
  })

  test('is refused with its place where it cannot be understood, and what to write instead', () => {
    const aes = (key: object): object => ({ Keys: { Symmetric: { Aes: [{ Metadata: { KeyId: AES }, ...key }] } } })
    const ecc = (key: object): object => ({
      Keys: { Asymmetric: { Ecc: [{ Metadata: { KeyId: ECC, KeyUsage: 'SIGN_VERIFY' }, ...key }] } },
    })
    const refused: [object, RegExp][] = [
      [
        aes({ BackingKeys: ['12'] }),
        /^SeedError: Keys\.Symmetric\.Aes\[0\]\.BackingKeys\[0\]: expected 64 hexadecimal/,
      ],
      [aes({}), /^SeedError: Keys\.Symmetric\.Aes\[0\]\.BackingKeys: expected one or more/],
      [
        aes({ BackingKeys: KEYS, NextKeyRotation: '2019-09-12T15:19:21Z' }),
        /NextKeyRotation: .* keys: \[\{ id: bc436485.*rotationDays/,
      ],
      [aes({ BackingKeys: KEYS, Tags: [] }), /Aes\[0\]\.Tags: unknown member; known members are Metadata, BackingKeys/],
      [aes({ Metadata: { KeyId: 'mine' } }), /Aes\[0\]\.Metadata\.KeyId: expected a key id/],
      [aes({ Metadata: { KeyId: AES, Origin: 'EXTERNAL' }, BackingKeys: KEYS }), /BackingKeys: expected at most one/],
      [ecc({ PrivateKeyPem: 'x' }), /Ecc\[0\]\.PrivateKeyPem: expected one unencrypted private key as PEM/],
      [
        ecc({ PrivateKeyPem: generateKeyPairSync('x25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) }),
        /PrivateKeyPem: expected an unencrypted private key of a spec that AWS KMS has/,
      ],
      [
        { ...SEED, Aliases: [{ AliasName: 'alias/x', TargetKeyId: ID_OF_NO_KEY }] },
        /Aliases\[0\]\.TargetKeyId: expected the id/,
      ],
    ]
    for (const [document, expected] of refused) assert.throws(() => parseSeed(document), expected)
  })
})

const ID_OF_NO_KEY = '00000000-0000-0000-0000-000000000009'

test('an init script for LocalStack is refused, and the same is shown as a seed', () => {
  const script = `#!/bin/bash
awslocal kms create-key --region us-east-2 --tags '[{"TagKey":"_custom_id_","TagValue":"${AES}"},{"TagKey":"_custom_key_material_","TagValue":"U2Fs=="}]'
`
  assert.throws(() => parseSeed(script), {
    name: 'SeedError',
    message: new RegExp(`keyhold dev -- sh SCRIPT.*keys: \\[\\{ id: ${AES}, material: U2Fs== \\}\\]`),
  })
  assert.throws(() => parseSeed('awslocal kms create-key --key-spec ECC_NIST_P256'), /keys: \[\{ id: 00000000-/)
})
