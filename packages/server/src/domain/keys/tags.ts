import { type ServiceError, serviceError } from '@keyhold/protocol'
import { RESOURCE_QUOTAS } from './quotas.ts'
import type { Tag } from './record.ts'

/** Returns what is wrong with the tags of a request, or `undefined`. The model checks their lengths. */
export function tagFault(tags: readonly Tag[]): ServiceError | undefined {
  if (new Set(tags.map((tag) => tag.TagKey)).size !== tags.length) {
    return serviceError('TagException', 'Duplicate tag keys')
  }
  if (tags.some((tag) => tag.TagKey.toLowerCase().startsWith('aws:'))) {
    return serviceError('TagException', 'Tags beginning with aws: are reserved')
  }
  return tags.length > RESOURCE_QUOTAS.tagsPerKey ? serviceError('TagException', 'Too many tags') : undefined
}

/** Sets `added` over `present`. Existing keys keep their position. */
export function mergeTags(present: readonly Tag[], added: readonly Tag[]): Tag[] {
  const merged = new Map(present.map((tag) => [tag.TagKey, tag.TagValue]))
  for (const { TagKey, TagValue } of added) merged.set(TagKey, TagValue)
  return [...merged].map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
}
