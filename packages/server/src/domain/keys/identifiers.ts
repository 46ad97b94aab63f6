import { parseKmsArn, partitionOf } from '@keyhold/protocol'

/**
 * The four ways to name a KMS key in a request.
 * Source: AWS KMS Developer Guide, "Key identifiers (KeyId)".
 */
export type KeyReference =
  | { kind: 'key'; keyId: string; accountId?: string; region?: string }
  | { kind: 'alias'; name: string; accountId?: string; region?: string }
  | { kind: 'invalid' }

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const MULTI_REGION = /^mrk-[0-9a-f]{32}$/

/** Returns whether `text` has the format of a key id: a dashed UUID, or `mrk-` and 32 hexadecimal digits. */
export function isKeyId(text: string): boolean {
  return UUID.test(text) || MULTI_REGION.test(text)
}

/** An alias name. The model's pattern also allows a colon, AWS does not. Source: AWS KMS API Reference, CreateAlias. */
const ALIAS = /^alias\/[a-zA-Z0-9/_-]{1,250}$/

/**
 * Returns whether `text` is a valid alias name: `alias/` and 1 to 250 characters. Does not exclude the names reserved
 * for AWS.
 */
export function isAliasName(text: string): boolean {
  return ALIAS.test(text)
}

/**
 * Parses a KeyId parameter. An ARN also gives the account and Region; an ARN with another partition than its Region's
 * is invalid.
 */
export function parseKeyReference(text: string): KeyReference {
  if (isKeyId(text)) return { kind: 'key', keyId: text }
  if (text.startsWith('alias/')) return { kind: 'alias', name: text }
  const arn = parseKmsArn(text)
  if (arn === undefined || arn.partition !== partitionOf(arn.region)) return { kind: 'invalid' }
  const place = { accountId: arn.account, region: arn.region }
  if (arn.type === 'alias') return { kind: 'alias', name: arn.aliasName, ...place }
  return isKeyId(arn.keyId) ? { kind: 'key', keyId: arn.keyId, ...place } : { kind: 'invalid' }
}
