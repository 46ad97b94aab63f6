import { parseKmsArn } from '@keyhold/protocol'
import type { KmsArn } from '@keyhold/protocol'
import { aText } from '../base/arguments.ts'
import { EnvelopeError } from '../base/error.ts'

/** The ARN of a KMS key. An alias, its ARN and a bare key id are other things, and the compiler says so. */
export type KeyArn = `arn:${string}:kms:${string}:${string}:key/${string}`

/** The parts of a key's ARN. */
export type KeyArnParts = Extract<KmsArn, { type: 'key' }>

export function isKeyArn(text: string): text is KeyArn {
  return typeof text === 'string' && partsOf(text) !== undefined
}

/** @throws EnvelopeError INVALID_ARGUMENT for anything but a key's ARN. */
export function parseKeyArn(text: string): KeyArnParts {
  aText(text, 'The ARN of a key')
  const parts = partsOf(text)
  if (parts !== undefined) return parts
  const message = `${JSON.stringify(text)} is not the ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/ID).`
  throw new EnvelopeError('INVALID_ARGUMENT', message)
}

/** A region becomes part of a host name, and in discovery it comes from the message: only what can be one passes. */
const REGION = /^[a-z]{2,8}(-[a-z]{2,16}){1,3}-\d{1,2}$/
const ACCOUNT = /^\d{12}$/

function partsOf(text: string): KeyArnParts | undefined {
  const parts = parseKmsArn(text)
  if (parts?.type !== 'key' || !REGION.test(parts.region) || !ACCOUNT.test(parts.account)) return undefined
  return parts
}

/** How the ids of multi-Region keys begin. */
const MULTI_REGION = 'mrk-'

export function isMultiRegion({ keyId }: KeyArnParts): boolean {
  return keyId.startsWith(MULTI_REGION)
}

/** The same multi-Region key as another region has it. */
export function inRegion({ partition, account, keyId }: KeyArnParts, region: string): KeyArn {
  return `arn:${partition}:kms:${region}:${account}:key/${keyId}`
}

/** Whether both are one key, or replicas of one. Specification, "AWS KMS MRK match for decrypt". */
export function isSameOrReplica(one: KeyArn, other: KeyArn): boolean {
  if (one === other) return true
  const [a, b] = [parseKeyArn(one), parseKeyArn(other)]
  return isMultiRegion(a) && a.keyId === b.keyId && a.account === b.account && a.partition === b.partition
}
