import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { SigningHash } from '@keyhold/protocol'
import { aPositive, optional, requireOptions } from '../base/arguments.ts'
import type { Shape } from '../base/arguments.ts'
import { PORTABLE_KMS_SHAPE, PortableKms } from '../keyrings/portable-kms.ts'
import type { PortableKmsOptions } from '../keyrings/portable-kms.ts'
import { FetchTransport } from './transport.ts'

export interface KmsOptions extends PortableKmsOptions {
  /** For one attempt. Default: 10 seconds. */
  timeoutMs?: number
}

const KMS_SHAPE: Shape<KmsOptions> = { ...PORTABLE_KMS_SHAPE, timeoutMs: optional(aPositive) }

const encoder = new TextEncoder()
const bytesOf = (data: Uint8Array | string): Uint8Array => (typeof data === 'string' ? encoder.encode(data) : data)

/** By a library, as WebCrypto answers later, and signing a request takes several hashes in turn. */
const HASH: SigningHash = {
  sha256Hex: (data) => Array.from(sha256(bytesOf(data)), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  hmac: (key, data) => hmac(sha256, bytesOf(key), bytesOf(data)),
}

/** A KMS to call, and the keyrings that its keys make. It must allow the page's origin (CORS). */
export class KmsConnection extends PortableKms {
  constructor(options: KmsOptions) {
    requireOptions(options, 'kms', KMS_SHAPE)
    super(options, {
      transport: new FetchTransport(options.timeoutMs),
      hash: HASH,
      now: () => new Date(),
      random: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
      sleep: sleepUnlessAborted,
    })
  }
}

async function sleepUnlessAborted(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, delayMs)
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
  signal?.throwIfAborted()
}

/** Connects to a KMS. Nothing is sent yet. Give the page temporary credentials: everyone who can read the page can read them. */
export function kms(options: KmsOptions): KmsConnection {
  return new KmsConnection(options)
}
