import { queryError, type ServiceError, type StsInput } from '@keyhold/protocol'
import type { Session } from '../../identity/accounts/caller.ts'
import type { Tag } from '../../domain/keys/record.ts'

/** Source: STS API Reference, AssumeRole, Tags. */
const MAX_TAGS = 50

type TagInput = Pick<StsInput<'AssumeRole'>, 'Tags' | 'TransitiveTagKeys'>

/** The tags of a session, and which of them its own sessions inherit. */
export type SessionTags = Pick<Session, 'tags' | 'transitiveTagKeys'>

/** What is wrong with the tags that a request passes, or nothing. Their forms are the model's business. */
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

/** Those tags of the calling session that go on to the sessions made from it. */
export function inheritedTags(session: SessionTags | undefined): readonly Tag[] {
  const keys = new Set(session?.transitiveTagKeys.map((key) => key.toLowerCase()))
  return (session?.tags ?? []).filter(({ TagKey }) => keys.has(TagKey.toLowerCase()))
}

/** What a request passes, over what the calling session hands on and nobody can change. Throws ValidationError. */
export function sessionTags(
  { Tags = [], TransitiveTagKeys = [] }: TagInput,
  calling: SessionTags | undefined,
): SessionTags {
  const inherited = inheritedTags(calling)
  const taken = new Set(inherited.map(({ TagKey }) => TagKey.toLowerCase()))
  if (Tags.some(({ Key }) => taken.has(Key.toLowerCase()))) {
    throw invalid(
      'A tag of the request has the key of a transitive tag of the calling session, which cannot be changed.',
    )
  }
  const tags = [...inherited, ...Tags.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }))]
  if (tags.length > MAX_TAGS) throw invalid(`A session has at most ${MAX_TAGS} tags, inherited ones included.`)
  return { tags, transitiveTagKeys: [...inherited.map(({ TagKey }) => TagKey), ...TransitiveTagKeys] }
}

function invalid(message: string): ServiceError {
  return queryError('ValidationError', message)
}
