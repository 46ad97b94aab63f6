import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Input, OperationName, Output } from '@keyhold/protocol'
import { Secret } from '@keyhold/protocol'
import { KmsError } from '../../src/kms/error.ts'
import type { CallOptions, Kms } from '../../src/kms/kms.ts'
import type { KeyArn } from '../../src/keyrings/key-arn.ts'

const REGION = 'eu-central-1'
const ACCOUNT = '111122223333'

interface Call {
  operation: OperationName
  keyId: string
  region: string
}

/** A KMS in memory: AES-256-GCM under one random key for each ARN, the context as additional data. */
export class MemoryKms implements Kms {
  /** Every call that was made, in order. */
  readonly calls: Call[] = []
  /** Every secret that was handed out or taken. */
  readonly secrets: Secret[] = []
  /** Thrown by calls for these keys. */
  readonly failures = new Map<string, Error>()
  readonly #keys = new Map<string, Uint8Array>()

  /** A new key. */
  createKey(account = ACCOUNT, region = REGION): KeyArn {
    const arn: KeyArn = `arn:aws:kms:${region}:${account}:key/${crypto.randomUUID()}`
    this.#keys.set(arn, randomBytes(32))
    return arn
  }

  /** A new multi-Region key, and its replica in another region. */
  createReplicas(region: string, account = ACCOUNT): [KeyArn, KeyArn] {
    const id = `mrk-${crypto.randomUUID().replaceAll('-', '')}`
    const arns = [REGION, region].map((each): KeyArn => `arn:aws:kms:${each}:${account}:key/${id}`)
    const material = randomBytes(32)
    for (const arn of arns) this.#keys.set(arn, material)
    return arns as [KeyArn, KeyArn]
  }

  call<N extends OperationName>(operation: N, input: Input<N>, { region }: CallOptions): Promise<Output<N>> {
    const { KeyId, SourceKeyId } = input as { KeyId?: string; SourceKeyId?: string }
    const keyId = (KeyId ?? SourceKeyId)!
    this.calls.push({ operation, keyId, region })
    const failure = this.failures.get(keyId)
    if (failure !== undefined) return Promise.reject(failure)
    const key = this.#keys.get(keyId)
    if (key === undefined) return Promise.reject(refusal('NotFoundException', operation))
    try {
      return Promise.resolve(this.#answer(operation, key, keyId, input) as Output<N>)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #answer(operation: OperationName, key: Uint8Array, keyId: string, input: unknown): unknown {
    switch (operation) {
      case 'GenerateDataKey': {
        const { NumberOfBytes, EncryptionContext } = input as Input<'GenerateDataKey'>
        const plaintext = this.#remember(Secret.of(randomBytes(NumberOfBytes!)))
        return { KeyId: keyId, Plaintext: plaintext, CiphertextBlob: wrap(key, plaintext, EncryptionContext) }
      }
      case 'GenerateDataKeyWithoutPlaintext': {
        const { NumberOfBytes, EncryptionContext } = input as Input<'GenerateDataKeyWithoutPlaintext'>
        using plaintext = Secret.of(randomBytes(NumberOfBytes!))
        return { KeyId: keyId, CiphertextBlob: wrap(key, plaintext, EncryptionContext) }
      }
      case 'Encrypt': {
        const { Plaintext, EncryptionContext } = input as Input<'Encrypt'>
        return { KeyId: keyId, CiphertextBlob: wrap(key, this.#remember(Plaintext), EncryptionContext) }
      }
      case 'Decrypt': {
        const { CiphertextBlob, EncryptionContext } = input as Input<'Decrypt'>
        return { KeyId: keyId, Plaintext: this.#remember(unwrap(key, CiphertextBlob!, EncryptionContext)) }
      }
      case 'ReEncrypt': {
        const { DestinationKeyId, ...re } = input as Input<'ReEncrypt'>
        using plaintext = unwrap(key, re.CiphertextBlob!, re.SourceEncryptionContext)
        const destination = this.#keys.get(DestinationKeyId)
        if (destination === undefined) throw refusal('NotFoundException', operation)
        const CiphertextBlob = wrap(destination, plaintext, re.DestinationEncryptionContext)
        return { KeyId: DestinationKeyId, SourceKeyId: keyId, CiphertextBlob }
      }
      default:
        throw refusal('UnsupportedOperationException', operation)
    }
  }

  #remember(secret: Secret): Secret {
    this.secrets.push(secret)
    return secret
  }
}

function wrap(key: Uint8Array, secret: Secret, context: Context): Uint8Array {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad(context))
  return Buffer.concat([iv, cipher.update(secret.reveal()), cipher.final(), cipher.getAuthTag()])
}

type Context = Record<string, string> | undefined

function unwrap(key: Uint8Array, blob: Uint8Array, context: Context): Secret {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(0, 12), { authTagLength: 16 })
    decipher.setAAD(aad(context)).setAuthTag(blob.subarray(-16))
    return Secret.of(Buffer.concat([decipher.update(blob.subarray(12, -16)), decipher.final()]))
  } catch {
    throw refusal('InvalidCiphertextException', 'Decrypt')
  }
}

function aad(context: Context = {}): Uint8Array {
  return Buffer.from(JSON.stringify(Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1))))
}

/** An error as a service answers it. */
export function refusal(code: string, operation: string, retryable = false): KmsError {
  return new KmsError(code, '', { operation, endpoint: 'memory', retryable, status: 400 })
}
