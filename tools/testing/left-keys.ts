/** What tools/leave-data-folder.ts makes of keys beside their states: one of each kind, and what each of them made. */
import { constants, createPublicKey, generateKeyPairSync, publicEncrypt, randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { JsonObject, KeySpec, KeyUsageType, OperationName } from '@keyhold/protocol'
import { type LeftRequest, OTHER_REGION, REGION } from './left-folder.ts'
import type { Wire } from './wire.ts'

const ACCOUNT = '111122223333'
const MESSAGE = base64('left for later builds')

/** Every spec that keys are made of but the default one, each with one of its usages. */
const KINDS: readonly (readonly [KeySpec, KeyUsageType])[] = [
  ['RSA_2048', 'ENCRYPT_DECRYPT'],
  ['RSA_3072', 'SIGN_VERIFY'],
  ['RSA_4096', 'SIGN_VERIFY'],
  ['ECC_NIST_P256', 'SIGN_VERIFY'],
  ['ECC_NIST_P384', 'KEY_AGREEMENT'],
  ['ECC_NIST_P521', 'SIGN_VERIFY'],
  ['ECC_SECG_P256K1', 'SIGN_VERIFY'],
  ['ECC_NIST_EDWARDS25519', 'SIGN_VERIFY'],
  ['HMAC_224', 'GENERATE_VERIFY_MAC'],
  ['HMAC_256', 'GENERATE_VERIFY_MAC'],
  ['HMAC_384', 'GENERATE_VERIFY_MAC'],
  ['HMAC_512', 'GENERATE_VERIFY_MAC'],
  ['ML_DSA_44', 'SIGN_VERIFY'],
  ['ML_DSA_65', 'SIGN_VERIFY'],
  ['ML_DSA_87', 'SIGN_VERIFY'],
  ['ML_KEM_512', 'ENCAPSULATE_DECAPSULATE'],
  ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE'],
  ['ML_KEM_1024', 'ENCAPSULATE_DECAPSULATE'],
]

/** Makes the keys and answers with requests that every later build must answer alike. */
export async function leaveKeys(wire: Wire): Promise<LeftRequest[]> {
  const left: LeftRequest[] = []
  for (const [KeySpec, KeyUsage] of KINDS) left.push(...(await usedKey(wire, { KeySpec, KeyUsage })))
  for (const leave of [rotatedKey, importedKey, importedMacKey, relatedKeys, describedKey, dataKeyPair]) {
    left.push(...(await leave(wire)))
  }
  return left
}

async function newKey(wire: Wire, input: JsonObject = {}): Promise<JsonObject & { KeyId: string }> {
  return (await wire('CreateKey', input))['KeyMetadata'] as JsonObject & { KeyId: string }
}

function request(operation: OperationName, input: JsonObject, answer: JsonObject, region = REGION): LeftRequest {
  return { region, operation, input, answer }
}

async function usedKey(wire: Wire, kind: { KeySpec: KeySpec; KeyUsage: KeyUsageType }): Promise<LeftRequest[]> {
  const key = await newKey(wire, kind)
  const { KeyId } = key
  const used = await USES[kind.KeyUsage](wire, key)
  if (kind.KeySpec.startsWith('HMAC')) return [used]
  const { PublicKey = '' } = await wire('GetPublicKey', { KeyId })
  return [used, request('GetPublicKey', { KeyId }, { PublicKey })]
}

const USES: Record<KeyUsageType, (wire: Wire, key: JsonObject & { KeyId: string }) => Promise<LeftRequest>> = {
  async ENCRYPT_DECRYPT(wire, { KeyId }) {
    const encryption = { KeyId, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }
    const { CiphertextBlob = '' } = await wire('Encrypt', { ...encryption, Plaintext: MESSAGE })
    return request('Decrypt', { ...encryption, CiphertextBlob }, { Plaintext: MESSAGE })
  },
  async SIGN_VERIFY(wire, { KeyId, SigningAlgorithms }) {
    const signing = { KeyId, Message: MESSAGE, SigningAlgorithm: (SigningAlgorithms as string[])[0] ?? '' }
    const { Signature = '' } = await wire('Sign', signing)
    return request('Verify', { ...signing, Signature }, { SignatureValid: true })
  },
  async GENERATE_VERIFY_MAC(wire, { KeyId, MacAlgorithms }) {
    const input = { KeyId, Message: MESSAGE, MacAlgorithm: (MacAlgorithms as string[])[0] ?? '' }
    const { Mac = '' } = await wire('GenerateMac', input)
    return request('GenerateMac', input, { Mac })
  },
  async KEY_AGREEMENT(wire, { KeyId }) {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const PublicKey = base64(publicKey.export({ format: 'der', type: 'spki' }))
    const input = { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey }
    const { SharedSecret = '' } = await wire('DeriveSharedSecret', input)
    return request('DeriveSharedSecret', input, { SharedSecret })
  },
  async ENCAPSULATE_DECAPSULATE(wire, { KeyId }) {
    const key = { KeyId, EncapsulationAlgorithm: 'ML_KEM' }
    const { SharedSecretCiphertextBlob = '', SharedSecret = '' } = await wire('Encapsulate', key)
    return request('Decapsulate', { ...key, SharedSecretCiphertextBlob }, { SharedSecret })
  },
}

/** A ciphertext under the key's current material, to decrypt in a Region. */
async function sealed(wire: Wire, KeyId: string, region = REGION): Promise<LeftRequest> {
  const { CiphertextBlob = '' } = await wire('Encrypt', { KeyId, Plaintext: MESSAGE })
  const { KeyMaterialId = '' } = await wire('Decrypt', { CiphertextBlob }, region)
  return request('Decrypt', { CiphertextBlob }, { Plaintext: MESSAGE, KeyMaterialId }, region)
}

/** Every material of the key and what state it is in. */
async function materials(wire: Wire, KeyId: string): Promise<LeftRequest> {
  const input = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }
  const { Rotations = [] } = await wire('ListKeyRotations', input)
  return request('ListKeyRotations', input, { Rotations })
}

async function rotatedKey(wire: Wire): Promise<LeftRequest[]> {
  const { KeyId } = await newKey(wire)
  await wire('EnableKeyRotation', { KeyId, RotationPeriodInDays: 2560 })
  const first = await sealed(wire, KeyId)
  await wire('RotateKeyOnDemand', { KeyId })
  const second = await sealed(wire, KeyId)
  await wire('RotateKeyOnDemand', { KeyId })
  const schedule = { KeyRotationEnabled: true, RotationPeriodInDays: 2560 }
  const status = request('GetKeyRotationStatus', { KeyId }, schedule)
  return [first, second, await sealed(wire, KeyId), await materials(wire, KeyId), status]
}

/** One material that was current, one that is, and one that waits for a rotation. */
async function importedKey(wire: Wire): Promise<LeftRequest[]> {
  const { KeyId } = await newKey(wire, { Origin: 'EXTERNAL' })
  const ImportType = 'NEW_KEY_MATERIAL'
  await importInto(wire, KeyId, {})
  const first = await sealed(wire, KeyId)
  await importInto(wire, KeyId, { ImportType })
  await wire('RotateKeyOnDemand', { KeyId })
  await importInto(wire, KeyId, { ImportType, KeyMaterialDescription: 'the next' })
  return [first, await sealed(wire, KeyId), await materials(wire, KeyId)]
}

async function importedMacKey(wire: Wire): Promise<LeftRequest[]> {
  const kind = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const
  const key = await newKey(wire, { ...kind, Origin: 'EXTERNAL' })
  await importInto(wire, key.KeyId, {})
  return [await USES[kind.KeyUsage](wire, key)]
}

async function importInto(wire: Wire, KeyId: string, members: JsonObject): Promise<void> {
  const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }
  const { ImportToken = '', PublicKey = '' } = await wire('GetParametersForImport', { KeyId, ...wrapping })
  const key = createPublicKey({ key: Buffer.from(PublicKey as string, 'base64'), format: 'der', type: 'spki' })
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }
  const EncryptedKeyMaterial = base64(publicEncrypt({ key, ...padding }, randomBytes(32)))
  const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE'
  await wire('ImportKeyMaterial', { KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel, ...members })
}

/** A primary key here and a replica elsewhere, which opens what the primary encrypted before and after a rotation. */
async function relatedKeys(wire: Wire): Promise<LeftRequest[]> {
  const { KeyId } = await newKey(wire, { MultiRegion: true })
  await wire('ReplicateKey', { KeyId, ReplicaRegion: OTHER_REGION })
  while ((await metadataIn(OTHER_REGION))['KeyState'] !== 'Enabled') await pause(100)
  const before = await sealed(wire, KeyId, OTHER_REGION)
  await wire('RotateKeyOnDemand', { KeyId })
  const { MultiRegionConfiguration = '' } = await metadataIn(OTHER_REGION)
  const configured = { KeyMetadata: { KeyState: 'Enabled', MultiRegionConfiguration } }
  const described = request('DescribeKey', { KeyId }, configured, OTHER_REGION)
  return [before, await sealed(wire, KeyId, OTHER_REGION), described]

  async function metadataIn(region: string): Promise<JsonObject> {
    return (await wire('DescribeKey', { KeyId }, region))['KeyMetadata'] as JsonObject
  }
}

/** A key with a policy, tags, an alias and a grant of its own. */
async function describedKey(wire: Wire): Promise<LeftRequest[]> {
  const statement = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const Tags = [{ TagKey: 'tenant', TagValue: 'größe' }]
  const { KeyId } = await newKey(wire, { Policy, Tags })
  const alias = 'alias/described'
  await wire('CreateAlias', { AliasName: alias, TargetKeyId: KeyId })
  const Constraints = { EncryptionContextSubset: { tenant: 't-17' } }
  const grant = { GranteePrincipal: ACCOUNT, Operations: ['Decrypt'], Constraints, Name: 'left' }
  const { GrantId = '' } = await wire('CreateGrant', { KeyId, ...grant })
  return [
    request('GetKeyPolicy', { KeyId }, { Policy, PolicyName: 'default' }),
    request('ListResourceTags', { KeyId }, { Tags }),
    request('DescribeKey', { KeyId: alias }, { KeyMetadata: { KeyId } }),
    request('ListGrants', { KeyId }, { Grants: [{ GrantId, Name: 'left', Operations: ['Decrypt'], Constraints }] }),
  ]
}

async function dataKeyPair(wire: Wire): Promise<LeftRequest[]> {
  const { KeyId } = await newKey(wire)
  const pair = await wire('GenerateDataKeyPair', { KeyId, KeyPairSpec: 'ECC_NIST_P256' })
  const { PrivateKeyCiphertextBlob: CiphertextBlob = '', PrivateKeyPlaintext: Plaintext = '' } = pair
  return [request('Decrypt', { CiphertextBlob }, { Plaintext })]
}

function base64(bytes: Uint8Array | string): string {
  return Buffer.from(bytes).toString('base64')
}
