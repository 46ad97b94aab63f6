export { EnvelopeError } from './error.ts'
export type { EnvelopeErrorCode } from './error.ts'

export { Envelope } from './node/envelope.ts'
export type { DecryptFileOptions, EncryptFileOptions, FileSource, FileTarget } from './node/envelope.ts'
export type { Sink } from './node/file-writer.ts'
export type { Decrypted, DecryptOptions, EncryptOptions, EnvelopeOptions } from './envelope.ts'

export { ANY_CONTEXT } from './message/context.ts'
export type { EncryptionContext, ExpectedContext } from './message/context.ts'
export type { EncryptedDataKey } from './message/encrypted-data-keys.ts'
export type { MessageHeader } from './message/header.ts'
export { DEFAULT_FRAME_LENGTH, DEFAULT_LIMITS } from './message/limits.ts'
export type { Limits } from './message/limits.ts'
export type { Suite } from './message/suites.ts'

export { readUnverifiedHeader } from './inspect.ts'
export type { UnverifiedHeader } from './inspect.ts'

export { kms, KmsConnection } from './node/kms.ts'
export type { KmsOptions } from './node/kms.ts'
export type { CredentialsProvider } from './kms/caller.ts'
export type { Account } from './kms/caller-identity.ts'
export { KmsError } from './kms/error.ts'
export type { Kms } from './kms/kms.ts'

export { isKeyArn } from './keyrings/key-arn.ts'
export type { KeyArn } from './keyrings/key-arn.ts'
export type { Attempt, Keyring } from './keyrings/keyring.ts'
