import { base64 } from '../../support/service.ts'
import type { ErrorRow } from './error-row.ts'

const TEXT = base64('text')
const PAIR = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }
const SIGN = { KeyId: 'KEY', Message: TEXT, SigningAlgorithm: 'ECDSA_SHA_256' }
const MAC = { KeyId: 'KEY', Message: TEXT, MacAlgorithm: 'HMAC_SHA_256' }

export const KEY_TYPES: readonly ErrorRow[] = [
  {
    why: 'a key of another usage',
    name: 'GenerateMac',
    input: MAC,
    fault: 'InvalidKeyUsageException: ARN key usage is ENCRYPT_DECRYPT which is not valid for GenerateMac.',
  },
  {
    why: 'an algorithm of another spec',
    name: 'GenerateMac',
    key: { KeySpec: 'HMAC_224', KeyUsage: 'GENERATE_VERIFY_MAC' },
    input: MAC,
    fault: 'InvalidKeyUsageException: Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.',
  },
  {
    why: 'a plaintext that is too long for the pair',
    name: 'Encrypt',
    key: { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
    input: { KeyId: 'KEY', Plaintext: base64(Buffer.alloc(215)), EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' },
    fault:
      'ValidationException: Algorithm RSAES_OAEP_SHA_1 and key spec RSA_2048 cannot encrypt data larger than 214 bytes.',
  },
  {
    why: 'a digest of another length',
    name: 'Sign',
    key: PAIR,
    input: { ...SIGN, MessageType: 'DIGEST' },
    fault: 'ValidationException: Digest is invalid length for algorithm ECDSA_SHA_256.',
  },
  {
    why: 'an invalid signature',
    name: 'Verify',
    key: PAIR,
    input: { ...SIGN, Signature: TEXT },
    fault: 'KMSInvalidSignatureException',
  },
  {
    why: 'an invalid MAC',
    name: 'VerifyMac',
    key: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
    input: { ...MAC, Mac: base64(Buffer.alloc(32)) },
    fault: 'KMSInvalidMacException',
  },
  {
    why: 'a public key that is none',
    name: 'DeriveSharedSecret',
    key: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
    input: { KeyId: 'KEY', KeyAgreementAlgorithm: 'ECDH', PublicKey: TEXT },
    fault: 'ValidationException',
  },
  {
    why: 'an encapsulation of another length',
    name: 'Decapsulate',
    key: { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
    input: { KeyId: 'KEY', EncapsulationAlgorithm: 'ML_KEM', SharedSecretCiphertextBlob: TEXT },
    fault: 'InvalidCiphertextException',
  },
  {
    why: 'a key that has no public half',
    name: 'GetPublicKey',
    input: { KeyId: 'KEY' },
    fault: 'UnsupportedOperationException',
  },
  {
    why: 'a spec whose material is made here alone',
    name: 'CreateKey',
    input: { KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY', Origin: 'EXTERNAL' },
    fault: 'ValidationException: KeySpec ML_DSA_44 is not supported for Origin EXTERNAL',
  },
]

const EXTERNAL = { Origin: 'EXTERNAL' }
const KEY = { KeyId: 'KEY' }
const IMPORT = {
  ...KEY,
  ImportToken: TEXT,
  EncryptedKeyMaterial: TEXT,
  ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
}

/** What needs a real token and real material: kms/import-refusals.test.ts, kms/several-materials.test.ts. */
export const IMPORTS: readonly ErrorRow[] = [
  {
    why: 'material that was made here',
    name: 'GetParametersForImport',
    input: { ...KEY, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' },
    fault: 'UnsupportedOperationException: ARN origin is AWS_KMS which is not valid for this operation.',
  },
  {
    why: 'a token that is none',
    name: 'ImportKeyMaterial',
    key: EXTERNAL,
    input: IMPORT,
    fault: 'InvalidImportTokenException',
  },
  {
    why: 'an expiry without a date',
    name: 'ImportKeyMaterial',
    key: EXTERNAL,
    input: { ...IMPORT, ExpirationModel: 'KEY_MATERIAL_EXPIRES' },
    fault: 'ValidationException: A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES',
  },
  {
    why: 'an expiry that is past',
    name: 'ImportKeyMaterial',
    key: EXTERNAL,
    input: { ...IMPORT, ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: 1 },
    fault: 'ValidationException: ValidTo must be in the future',
  },
]

export const ROTATIONS: readonly ErrorRow[] = [
  ...(['EnableKeyRotation', 'DisableKeyRotation'] as const).map((name): ErrorRow => ({
    why: 'material that was imported',
    name,
    key: EXTERNAL,
    input: KEY,
    fault: 'UnsupportedOperationException: ARN origin is EXTERNAL which is not valid for this operation.',
  })),
  {
    why: 'a key whose kind does not rotate',
    name: 'RotateKeyOnDemand',
    key: PAIR,
    input: KEY,
    fault: 'UnsupportedOperationException',
  },
  {
    why: 'the state before the kind',
    name: 'RotateKeyOnDemand',
    key: { ...EXTERNAL, KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
    input: KEY,
    fault: 'KMSInvalidStateException: ARN is pending import.',
  },
  {
    why: 'nothing to rotate to',
    name: 'RotateKeyOnDemand',
    key: EXTERNAL,
    input: KEY,
    state: { state: 'Enabled' },
    fault: 'KMSInvalidStateException: No available key material pending rotation for the key: ARN.',
  },
  {
    why: 'the 26th time',
    name: 'RotateKeyOnDemand',
    input: KEY,
    state: { onDemandRotations: 25 },
    fault:
      'LimitExceededException: The on-demand rotations limit has been reached for the given keyId. ' +
      'No more on-demand rotations can be performed for this key: ARN',
  },
  {
    why: 'a replica',
    name: 'RotateKeyOnDemand',
    input: KEY,
    state: { multiRegion: { type: 'REPLICA', primaryRegion: 'us-west-2', replicaRegions: ['eu-central-1'] } },
    fault: 'UnsupportedOperationException: ARN is not a multi-region primary key.',
  },
]
