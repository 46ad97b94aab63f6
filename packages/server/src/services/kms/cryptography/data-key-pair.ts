import { type Input, type Secret, type ServiceError, serviceError } from '@keyhold/protocol'
import { generateKeyPair } from '../../../crypto/asymmetric/key-pair.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import type { Call, KeyTarget } from '../../../execution/define.ts'
import { threadsOf } from '../../../execution/threads-of.ts'
import { sealDataKey } from './data-key.ts'
import { encryptionAlgorithm } from './encryption.ts'
import { cryptographicKey, DEFAULT_ENCRYPTION_CONDITION } from '../targets.ts'
import { answeredKey } from './used-key.ts'

type GeneratesPair = 'GenerateDataKeyPair' | 'GenerateDataKeyPairWithoutPlaintext'

/** The key that encrypts the private key of the pair. */
export function pairSealingKey<N extends GeneratesPair>(): KeyTarget<N> {
  return cryptographicKey('ENCRYPT_DECRYPT', ({ KeyPairSpec }) => ({
    ...DEFAULT_ENCRYPTION_CONDITION,
    'kms:datakeypairspec': KeyPairSpec,
  }))
}

/** AWS's error for SM2 outside its China Regions. */
export function pairSpecFault({ KeyPairSpec: name }: Input<GeneratesPair>): ServiceError | undefined {
  return keySpec(name).offered
    ? undefined
    : serviceError('UnsupportedOperationException', `KeyPairSpec ${name} is not supported in this Region`)
}

/**
 * Generates a key pair and encrypts its private key under the KMS key. The service keeps neither; the caller of this
 * function wipes the private key.
 */
export async function generatePair(call: Call<GeneratesPair, 'key'>): Promise<{
  privateKey: Secret
  answer: {
    KeyId: string
    PrivateKeyCiphertextBlob: Uint8Array
    PublicKey: Uint8Array
    KeyPairSpec: Input<GeneratesPair>['KeyPairSpec']
    KeyMaterialId: string | undefined
  }
}> {
  const { KeyPairSpec } = call.input
  const algorithm = encryptionAlgorithm(call.keys.key)
  const { privateKey, publicKey } = await generateKeyPair(keySpec(KeyPairSpec), threadsOf(call.caller, call.services))
  const { ciphertext, materialId } = await sealDataKey(call, algorithm, privateKey)
  const answer = { PrivateKeyCiphertextBlob: ciphertext, PublicKey: publicKey, KeyPairSpec, KeyMaterialId: materialId }
  return { privateKey, answer: { ...answeredKey(call.keys.key), ...answer } }
}
