import { createHash, createHmac, randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { awsJsonCodec, KEYHOLD } from '@keyhold/protocol'
import type { KeyholdInputs, KeyholdOperationName, KeyholdOutputs, SigningHash } from '@keyhold/protocol'
import { anObject, aPositive, aText, invalid, optional, requireOptions } from '../base/arguments.ts'
import type { Shape } from '../base/arguments.ts'
import type { CallOptions } from '../kms/kms.ts'
import type { KeyArn } from '../keyrings/key-arn.ts'
import type { Keyring } from '../keyrings/keyring.ts'
import { CALL_SHAPE, PORTABLE_KMS_SHAPE, PortableKms } from '../keyrings/portable-kms.ts'
import type { PortableKmsOptions } from '../keyrings/portable-kms.ts'
import { kmsEcdh, KMS_ECDH_SHAPE } from './keyrings/kms-ecdh.ts'
import type { KmsEcdhOptions } from './keyrings/kms-ecdh.ts'
import { kmsRsa, KMS_RSA_SHAPE } from './keyrings/kms-rsa-keyring.ts'
import type { KmsRsaOptions } from './keyrings/kms-rsa-keyring.ts'
import { NodeTransport } from './transport.ts'
import type { TransportOptions } from './transport.ts'

export interface KmsOptions extends PortableKmsOptions, TransportOptions {}

const KMS_SHAPE: Shape<KmsOptions> = {
  ...PORTABLE_KMS_SHAPE,
  connectTimeoutMs: optional(aPositive),
  timeoutMs: optional(aPositive),
  ca: optional(aText),
  proxyEnv: optional(anObject),
}

const { key: _rsaKey, kms: _rsaKms, ...RSA_KEY_SHAPE } = KMS_RSA_SHAPE
const { key: _agreementKey, kms: _agreementKms, ...AGREEMENT_KEY_SHAPE } = KMS_ECDH_SHAPE

const CHANCE_STEPS = 2 ** 32

const HASH: SigningHash = {
  sha256Hex: (data) => createHash('sha256').update(data).digest('hex'),
  hmac: (key, data) => createHmac('sha256', key).update(data).digest(),
}

let codec: ReturnType<typeof awsJsonCodec> | undefined

/** A KMS to call, and the keyrings that its keys make. */
export class KmsConnection extends PortableKms {
  constructor(options: KmsOptions) {
    requireOptions(options, 'kms', KMS_SHAPE)
    super(options, {
      transport: new NodeTransport(options),
      hash: HASH,
      now: () => new Date(),
      random: () => randomInt(CHANCE_STEPS) / CHANCE_STEPS,
      sleep: sleepUnlessAborted,
    })
  }

  /** Calls an operation that Keyhold has beside those of AWS KMS, such as GetShredCertificate. */
  async keyhold<N extends KeyholdOperationName>(
    operation: N,
    input: KeyholdInputs[N],
    options: Partial<CallOptions> = {},
  ): Promise<KeyholdOutputs[N]> {
    if (!Object.hasOwn(KEYHOLD.operations, operation)) {
      throw invalid('keyhold: the operation', 'an operation of Keyhold', operation)
    }
    anObject(input, 'keyhold: the input')
    requireOptions(options, 'keyhold', CALL_SHAPE)
    codec ??= awsJsonCodec(KEYHOLD)
    return (await this.callOther({ operation, model: KEYHOLD, codec }, input, options)) as KeyholdOutputs[N]
  }

  /** A keyring of an RSA key: what is encrypted under its public key, offline, the KMS opens. */
  rsaKey(key: KeyArn, options: Omit<KmsRsaOptions, 'key' | 'kms'> = {}): Keyring {
    requireOptions(options, 'rsaKey', RSA_KEY_SHAPE)
    return kmsRsa({ ...options, kms: this, key })
  }

  /** A keyring of a key for key agreement, and the public key of the other party. */
  agreementKey(key: KeyArn, options: Omit<KmsEcdhOptions, 'key' | 'kms'> = {}): Keyring {
    requireOptions(options, 'agreementKey', AGREEMENT_KEY_SHAPE)
    return kmsEcdh({ ...options, kms: this, key })
  }
}

/** Node's own rejects with an error of its making instead of the signal's reason. */
async function sleepUnlessAborted(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(delayMs, undefined, { signal }).catch(() => undefined)
  signal?.throwIfAborted()
}

/** Connects to AWS KMS, or with `endpoint` to Keyhold. Nothing is sent yet. */
export function kms(options: KmsOptions): KmsConnection {
  return new KmsConnection(options)
}
