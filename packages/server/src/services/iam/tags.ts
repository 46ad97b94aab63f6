import { type Iam, queryError, type ServiceError } from '@keyhold/protocol'
import type { Tag } from '../../domain/keys/record.ts'
import { QUOTAS } from './account/quotas.ts'

/**
 * How two tag keys are compared. IAM User Guide, "Tags for IAM resources": for users and roles "tag key values are not
 * case sensitive, but case is preserved"; for other resources they are case-sensitive.
 */
export type KeyForm = (key: string) => string
/** For users and roles. */
export const IGNORE_CASE: KeyForm = (key) => key.toLowerCase()
/** For other resources. */
export const EXACT_CASE: KeyForm = (key) => key

/** Returns what is wrong with the tags of a request, or `undefined`. */
export function tagFault(tags: readonly Iam.Tag[] = [], form: KeyForm): ServiceError | undefined {
  if (new Set(tags.map(({ Key }) => form(Key))).size !== tags.length) {
    return queryError('InvalidInput', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  }
  return reservedFault(tags.map(({ Key }) => Key))
}

/** Returns the error for keys that start with `aws:`, which AWS reserves, or `undefined`. */
export function reservedFault(keys: readonly string[]): ServiceError | undefined {
  const reserved = keys.some((key) => key.toLowerCase().startsWith('aws:'))
  return reserved ? queryError('InvalidInput', 'Tag keys that begin with aws: are reserved for system use.') : undefined
}

/** Sets `added` over `present`. Existing keys keep their position. Throws LimitExceeded. */
export function mergedTags(present: readonly Tag[], added: readonly Iam.Tag[] = [], form: KeyForm): Tag[] {
  const merged = new Map(present.map((tag) => [form(tag.TagKey), tag]))
  for (const { Key, Value } of added) merged.set(form(Key), { TagKey: Key, TagValue: Value })
  if (merged.size > QUOTAS.TagsPerResource)
    throw queryError('LimitExceeded', 'The number of tags has reached the maximum limit.')
  return [...merged.values()]
}

/** Returns the tags without those of these keys. */
export function withoutTags(present: readonly Tag[], removed: readonly string[], form: KeyForm): Tag[] {
  const forms = new Set(removed.map(form))
  return present.filter(({ TagKey }) => !forms.has(form(TagKey)))
}

/** Tags as IAM returns them: "sorted by tag key". */
export function iamTags(tags: readonly Tag[]): Iam.Tag[] {
  return tags
    .toSorted((a, b) => (a.TagKey < b.TagKey ? -1 : 1))
    .map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue }))
}
