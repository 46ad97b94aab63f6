/** The client for browsers: the same messages, by WebCrypto and fetch. What it can and cannot do: docs/guide/browser.md. */
import { PortableEnvelope } from '../envelope/envelope.ts'
import type { EnvelopeOptions } from '../envelope/envelope.ts'
import type { Keyring } from '../keyrings/keyring.ts'
import { RawAesKeyring } from '../keyrings/raw-aes-keyring.ts'
import type { RawAesOptions } from '../keyrings/raw-aes-keyring.ts'
import { webCryptography } from './cryptography.ts'

/** Envelope encryption in a browser: bytes, text and streams. */
export class Envelope extends PortableEnvelope {
  constructor(options: EnvelopeOptions) {
    super(webCryptography, options)
  }
}

/**
 * A keyring of an AES key that the caller has.
 *
 * @throws EnvelopeError INVALID_ARGUMENT for a key of another length than 16, 24 or 32 bytes.
 */
export function rawAes(options: RawAesOptions): Keyring {
  return new RawAesKeyring(webCryptography, options)
}

export { Secret } from '@keyhold/protocol'

export { EnvelopeError } from '../base/error.ts'
export type { EnvelopeErrorCode } from '../base/error.ts'
export type { Decrypted, DecryptOptions, EncryptOptions, EnvelopeOptions } from '../envelope/envelope.ts'
export type { CacheLimits, CacheStats, DataKeyCache } from '../materials/cache.ts'
export { ANY_CONTEXT } from '../message/context.ts'
export type { EncryptionContext, ExpectedContext } from '../message/context.ts'
export type { MessageHeader } from '../message/header.ts'
export type { Limits } from '../message/limits.ts'
export type { SuiteName } from '../message/suites.ts'
export { readUnverifiedHeader } from '../envelope/inspect.ts'
export { kms, KmsConnection } from './kms.ts'
export type { KmsOptions } from './kms.ts'
export { KmsError } from '../kms/error.ts'
export type { Kms } from '../kms/kms.ts'
export { isKeyArn } from '../keyrings/key-arn.ts'
export type { KeyArn } from '../keyrings/key-arn.ts'
export type { Attempt } from '../base/attempt.ts'
export { anyOf } from '../keyrings/multi-keyring.ts'
export type { Keyring, Unwrapped, UnwrapRequest, WrappedDataKey, WrapRequest } from '../keyrings/keyring.ts'
export type { RawAesOptions } from '../keyrings/raw-aes-keyring.ts'
