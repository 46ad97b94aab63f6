import type { OperationName } from '@keyhold/protocol'
import { ACCOUNT, base64, type ForcedChange, REGION } from '../../support/service.ts'

/**
 * A request and the error that it leads to. In both, `KEY` and `ARN` stand for a fresh key's id and ARN; `OTHER` for the id
 * of another key, and `CIPHERTEXT` for something that it encrypted.
 */
export interface ErrorRow {
  why: string
  name: OperationName
  /** {@link ENCRYPT} unless given. */
  input?: object
  /** What CreateKey is told of the key; nothing unless given. */
  key?: object
  /** What a job or an earlier request made of the key. */
  state?: ForcedChange
  /** Who asks; an administrator unless given. */
  caller?: string
  /** A request before. */
  before?: readonly [OperationName, object]
  fault: string
}

export const ENCRYPT = { KeyId: 'KEY', Plaintext: base64('text') }
export const ALIAS_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:alias`
export const ABSENT_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/00000000-0000-4000-8000-000000000000`

/** A key policy's usual statement. */
export const EVERYTHING = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }

/** The statement of a model's constraint that is broken. */
export function validation(...broken: readonly string[]): string {
  const [count, noun] = [broken.length, broken.length === 1 ? 'error' : 'errors']
  return `ValidationException: ${count} validation ${noun} detected: ${broken.join('; ')}`
}

export function tags(...names: readonly string[]): object {
  return { Tags: names.map((TagKey) => ({ TagKey, TagValue: '' })) }
}

/** The beginning of every denial. */
export function denied(userName: string, action: string, rest: string): string {
  const user = `User: arn:aws:iam::${ACCOUNT}:user/${userName}`
  return `AccessDeniedException: ${user} is not authorized to perform: kms:${action} ${rest}`
}
