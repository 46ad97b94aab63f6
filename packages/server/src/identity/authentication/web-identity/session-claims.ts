import type { JWTPayload } from 'jose'
import type { Tag } from '../../../domain/keys/record.ts'
import { wrongClaim } from './refusal.ts'

/** What a token asks STS to add to the session. */
export interface SessionClaims {
  tags: readonly Tag[]
  /** Keys of the tags that are passed on to sessions that are started from this one. */
  transitiveTagKeys: readonly string[]
  sourceIdentity?: string
}

/** AWS's namespace for claims. */
const AWS = 'https://aws.amazon.com/'
const TAGS = `${AWS}tags`
/** Flattened claims: `…/tags/principal_tags/Project` and `…/tags/transitive_tag_keys`. */
const FLAT_TAG = `${TAGS}/principal_tags/`
const FLAT_TRANSITIVE = `${TAGS}/transitive_tag_keys`
const SOURCE_IDENTITY = `${AWS}source_identity`

/** STS API Reference, AssumeRole, Tags and SourceIdentity. */
const MAX_TAGS = 50
const TAG_KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u
const SOURCE = /^[\w+=,.@-]{2,64}$/
const RESERVED = /^aws:/i

/**
 * Returns the session tags and the source identity in a verified token. An unknown claim in AWS's namespace is refused:
 * AWS could give it a meaning, and a session without it could have more permissions than its issuer intended. Throws a
 * refusal.
 *
 * Sources: IAM User Guide, "Pass session tags in AWS STS", nested and flattened claims; "Monitor and control actions
 * taken with assumed roles", the source identity.
 */
export function sessionClaims(payload: JWTPayload): SessionClaims {
  const claims = Object.entries(payload).filter(([name]) => name.toLowerCase().startsWith(AWS))
  const flat = claims.filter(([name]) => name.startsWith(FLAT_TAG) || name === FLAT_TRANSITIVE)
  const unknown = claims.find((claim) => !flat.includes(claim) && ![TAGS, SOURCE_IDENTITY].includes(claim[0]))
  if (unknown !== undefined || (flat.length > 0 && payload[TAGS] !== undefined)) throw wrongClaim(TAGS)
  const nested = payload[TAGS] === undefined ? flattened(flat) : nestedTags(payload[TAGS])
  return { ...checkedTags(nested), ...sourceIdentity(payload[SOURCE_IDENTITY]) }
}

/** The tags of either form, as in the token. */
interface WrittenTags {
  tags: (readonly [key: string, value: unknown])[]
  transitive: unknown
}

function flattened(claims: readonly [string, unknown][]): WrittenTags {
  return {
    tags: claims.flatMap(([name, value]) => (name.startsWith(FLAT_TAG) ? [[name.slice(FLAT_TAG.length), value]] : [])),
    transitive: claims.find(([name]) => name === FLAT_TRANSITIVE)?.[1],
  }
}

function nestedTags(claim: unknown): WrittenTags {
  const { principal_tags: tags = {}, transitive_tag_keys: transitive, ...others } = members(claim)
  if (Object.keys(others).length > 0) throw wrongClaim(TAGS)
  return { tags: Object.entries(members(tags)), transitive }
}

function checkedTags({ tags: written, transitive }: WrittenTags): Pick<SessionClaims, 'tags' | 'transitiveTagKeys'> {
  const tags = written.map(([key, value]) => ({ TagKey: matching(TAG_KEY, key), TagValue: onlyValue(value) }))
  const transitiveTagKeys = transitive === undefined ? [] : list(transitive).map((key) => matching(TAG_KEY, key))
  const keys = new Set(tags.map(({ TagKey }) => TagKey.toLowerCase()))
  const isSound =
    keys.size === tags.length && tags.length <= MAX_TAGS && !tags.some(({ TagKey }) => RESERVED.test(TagKey))
  if (!isSound || !transitiveTagKeys.every((key) => keys.has(key.toLowerCase()))) throw wrongClaim(TAGS)
  return { tags, transitiveTagKeys }
}

/** A tag has one value. AWS's examples write it as a list. */
function onlyValue(value: unknown): string {
  const [only, ...others] = list(value)
  if (others.length > 0) throw wrongClaim(TAGS)
  return matching(TAG_VALUE, only)
}

function sourceIdentity(claim: unknown): Pick<SessionClaims, 'sourceIdentity'> {
  if (claim === undefined) return {}
  if (typeof claim !== 'string' || !SOURCE.test(claim) || RESERVED.test(claim)) throw wrongClaim(SOURCE_IDENTITY)
  return { sourceIdentity: claim }
}

function matching(pattern: RegExp, value: unknown): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw wrongClaim(TAGS)
  return value
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value]
}

function members(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongClaim(TAGS)
  return value as Record<string, unknown>
}
