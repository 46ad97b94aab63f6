import { queryError, type ServiceError, type StsInput } from '@keyhold/protocol'
import type { Session } from '../../identity/accounts/caller.ts'
import type { Tag } from '../../domain/keys/record.ts'

/** Source: STS API Reference, AssumeRole, Tags. */
const MAX_TAGS = 50

type TagInput = Pick<StsInput<'AssumeRole'>, 'Tags' | 'TransitiveTagKeys'>

/** The tags of a session, and which of them are passed on to chained sessions. */
export type SessionTags = Pick<Session, 'tags' | 'transitiveTagKeys'>

/** Returns what is wrong with the tags of a request, or `undefined`. The model checks their format. */
export function sessionTagsFault({ Tags = [], TransitiveTagKeys = [] }: TagInput): ServiceError | undefined {
  const names = Tags.map(({ Key }) => Key.toLowerCase())
  if (new Set(names).size < names.length) {
    return invalid('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  }
  if (names.some((name) => name.startsWith('aws:'))) return invalid('Tag keys that begin with aws: are reserved.')
  return TransitiveTagKeys.every((key) => names.includes(key.toLowerCase()))
    ? undefined
    : invalid('The specified transitive tag key must be included in the requested tags.')
}

/** Returns the tags that the calling session passes on to chained sessions. */
export function inheritedTags(session: SessionTags | undefined): readonly Tag[] {
  const keys = new Set(session?.transitiveTagKeys.map((key) => key.toLowerCase()))
  return (session?.tags ?? []).filter(({ TagKey }) => keys.has(TagKey.toLowerCase()))
}

/**
 * Returns the tags of a request, merged with those that the calling session passes on and that cannot be changed.
 * Throws ValidationError.
 */
export function sessionTags(
  { Tags = [], TransitiveTagKeys = [] }: TagInput,
  calling: SessionTags | undefined,
): SessionTags {
  const inherited = inheritedTags(calling)
  const taken = new Set(inherited.map(({ TagKey }) => TagKey.toLowerCase()))
  if (Tags.some(({ Key }) => taken.has(Key.toLowerCase()))) {
    throw invalid(
      'A tag in the request has the key of a transitive tag of the calling session, which cannot be changed.',
    )
  }
  const tags = [...inherited, ...Tags.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }))]
  if (tags.length > MAX_TAGS) throw invalid(`A session can have at most ${MAX_TAGS} tags, including inherited tags.`)
  return { tags, transitiveTagKeys: [...inherited.map(({ TagKey }) => TagKey), ...TransitiveTagKeys] }
}

function invalid(message: string): ServiceError {
  return queryError('ValidationError', message)
}
