import { randomBytes } from 'node:crypto'
import type { KeySpec, KeyUsageType, OperationName } from '@keyhold/protocol'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { endTransitions } from '../../../src/jobs/transitions.ts'
import type { KeyState } from '../../../src/domain/keys/record.ts'
import { wrappedFor } from '../../support/import.ts'
import { base64, type TestService } from '../../support/service.ts'

export interface Wanted {
  KeySpec?: KeySpec
  KeyUsage?: KeyUsageType
  Origin?: 'EXTERNAL'
  MultiRegion?: boolean
}

const SIGNING: Wanted = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }
const AUTHENTICATING: Wanted = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }
const ENCAPSULATING: Wanted = { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' }

/** What the key of an operation must be, where the usual one does not do. */
export const KEYS: Partial<Record<OperationName, Wanted>> = {
  Sign: SIGNING,
  Verify: SIGNING,
  GetPublicKey: SIGNING,
  GenerateMac: AUTHENTICATING,
  VerifyMac: AUTHENTICATING,
  DeriveSharedSecret: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
  Encapsulate: ENCAPSULATING,
  Decapsulate: ENCAPSULATING,
  GetParametersForImport: { Origin: 'EXTERNAL' },
  ImportKeyMaterial: { Origin: 'EXTERNAL' },
  DeleteImportedKeyMaterial: { Origin: 'EXTERNAL' },
  ReplicateKey: { MultiRegion: true },
  UpdatePrimaryRegion: { MultiRegion: true },
}
export const REPLICA_REGION = 'us-west-2'

const SIGNED = { Message: base64('text'), SigningAlgorithm: 'ECDSA_SHA_256' }
const AUTHENTICATED = { Message: base64('text'), MacAlgorithm: 'HMAC_SHA_256' }
const ENCAPSULATED = { EncapsulationAlgorithm: 'ML_KEM' }
const WRAPPING = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }

interface Scene {
  service: TestService
  /** Who prepares everything. */
  caller?: Caller
  /** What else the key is made with. */
  also?: object
}

/** A fresh key in `state`, and an input for `name` that would succeed with it if it were enabled. */
export async function prepared(
  name: OperationName,
  state: KeyState,
  scene: Scene,
): Promise<{ arn: string; keyId: string; input: object }> {
  const { service, caller, also } = scene
  const { keyId, arn } = await service.createKey({ ...KEYS[name], ...also }, caller)
  await surround(name, keyId, scene)
  const { KeyId, ...rest } = { KeyId: keyId as string | undefined, ...(await inputOf(name, { keyId, arn }, scene)) }
  const deletionMs = state === 'PendingDeletion' ? service.clock.now() + 1e9 : undefined
  // Only a key that is made for it waits for an import.
  await service.force(keyId, { state, deletionMs, ...(state === 'PendingImport' && { origin: 'EXTERNAL' }) })
  return { arn, keyId, input: KeyId === undefined ? rest : { KeyId, ...rest } }
}

/** What must be there beside the key. */
async function surround(name: OperationName, keyId: string, { service, caller, also }: Scene): Promise<void> {
  const alias = (TargetKeyId: string): Promise<unknown> =>
    service.ok('CreateAlias', { AliasName: `alias/${keyId}`, TargetKeyId }, caller)
  if (name === 'DeleteAlias') await alias(keyId)
  if (name === 'UpdateAlias') await alias((await service.createKey({ ...also }, caller)).keyId)
  if (name !== 'UpdatePrimaryRegion') return
  await service.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion: REPLICA_REGION }, caller)
  await endTransitions(service.services)
}

async function inputOf(
  name: OperationName,
  { keyId, arn }: { keyId: string; arn: string },
  scene: Scene,
): Promise<object> {
  const { service, caller } = scene
  const AliasName = `alias/${keyId}`
  const grant = { GranteePrincipal: arn.split(':')[4], Operations: ['DescribeKey'] }
  const made = (): Promise<object> => madeWith(keyId, KEYS[name]?.KeyUsage ?? 'ENCRYPT_DECRYPT', scene)
  const granted = async (): Promise<string | undefined> =>
    (await service.ok('CreateGrant', { KeyId: keyId, ...grant }, caller)).GrantId
  const inputs: Partial<Record<OperationName, () => object | Promise<object>>> = {
    Encrypt: () => ({ Plaintext: base64('text') }),
    Decrypt: made,
    ReEncrypt: async () => ({ ...(await made()), SourceKeyId: arn, DestinationKeyId: arn, KeyId: undefined }),
    GenerateDataKey: () => ({ KeySpec: 'AES_256' }),
    GenerateDataKeyWithoutPlaintext: () => ({ NumberOfBytes: 64 }),
    GenerateDataKeyPair: () => ({ KeyPairSpec: 'ECC_NIST_P256' }),
    GenerateDataKeyPairWithoutPlaintext: () => ({ KeyPairSpec: 'ECC_NIST_P256' }),
    Sign: () => SIGNED,
    Verify: async () => ({ ...SIGNED, ...(await made()) }),
    GenerateMac: () => AUTHENTICATED,
    VerifyMac: async () => ({ ...AUTHENTICATED, ...(await made()) }),
    DeriveSharedSecret: async () => ({ KeyAgreementAlgorithm: 'ECDH', ...(await made()) }),
    Encapsulate: () => ENCAPSULATED,
    Decapsulate: async () => ({ ...ENCAPSULATED, ...(await made()) }),
    GetParametersForImport: () => WRAPPING,
    ImportKeyMaterial: () => wrappedFor(service, keyId, randomBytes(32), { caller }),
    PutKeyPolicy: async () => ({ Policy: (await service.ok('GetKeyPolicy', { KeyId: keyId }, caller)).Policy }),
    CreateAlias: () => ({ AliasName, TargetKeyId: arn, KeyId: undefined }),
    UpdateAlias: () => ({ AliasName, TargetKeyId: arn, KeyId: undefined }),
    DeleteAlias: () => ({ AliasName, KeyId: undefined }),
    TagResource: () => ({ Tags: [{ TagKey: 'a', TagValue: 'b' }] }),
    UntagResource: () => ({ TagKeys: ['a'] }),
    UpdateKeyDescription: () => ({ Description: 'new' }),
    CreateGrant: () => grant,
    RetireGrant: async () => ({ KeyId: arn, GrantId: await granted() }),
    RevokeGrant: async () => ({ GrantId: await granted() }),
    ReplicateKey: () => ({ ReplicaRegion: REPLICA_REGION }),
    UpdatePrimaryRegion: () => ({ PrimaryRegion: REPLICA_REGION }),
    ListRetirableGrants: () => ({ RetiringPrincipal: `arn:aws:iam::${arn.split(':')[4]}:root`, KeyId: undefined }),
    GenerateRandom: () => ({ NumberOfBytes: 32, KeyId: undefined }),
    CreateKey: () => ({ KeyId: undefined }),
    ListKeys: () => ({ KeyId: undefined }),
  }
  return (await inputs[name]?.()) ?? {}
}

/** What an enabled key of one usage made, under the names by which the operation that reads it takes it. */
export async function madeWith(KeyId: string, usage: KeyUsageType, { service, caller }: Scene): Promise<object> {
  const made: Record<KeyUsageType, () => Promise<Record<string, unknown>>> = {
    ENCRYPT_DECRYPT: () => service.ok('Encrypt', { KeyId, Plaintext: base64('text') }, caller),
    SIGN_VERIFY: () => service.ok('Sign', { KeyId, ...SIGNED }, caller),
    GENERATE_VERIFY_MAC: () => service.ok('GenerateMac', { KeyId, ...AUTHENTICATED }, caller),
    KEY_AGREEMENT: () => service.ok('GetPublicKey', { KeyId }, caller),
    ENCAPSULATE_DECAPSULATE: () => service.ok('Encapsulate', { KeyId, ...ENCAPSULATED }, caller),
  }
  const { CiphertextBlob, Signature, Mac, PublicKey, SharedSecretCiphertextBlob } = await made[usage]()
  const members = { CiphertextBlob, Signature, Mac, PublicKey, SharedSecretCiphertextBlob }
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
