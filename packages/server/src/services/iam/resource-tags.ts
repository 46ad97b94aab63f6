import type { IamOperationName, ServiceError } from '@keyhold/protocol'
import type { Tag } from '../../domain/keys/record.ts'
import type { Changeset } from '../../vault/records/changeset.ts'
import { type AnyOperation, queryOperation } from '../../execution/define.ts'
import type { Needed } from '../../execution/needed.ts'
import { changeEntity, type Context } from './entities.ts'
import { needsOnProfile, profileIn } from './roles/instance-profiles.ts'
import { arnFault, changePolicy, requireOwnPolicy, requirePolicy } from './policies/managed-policies.ts'
import { needsOnPolicy } from './needed.ts'
import { changeProvider, needsOnProvider, providerArnFault, requireProvider } from './oidc/oidc-providers.ts'
import { asOrdered, readPage } from './pages.ts'
import { EXACT_CASE, iamTags, mergedTags, reservedFault, tagFault, withoutTags } from './tags.ts'

/** A change, with the operation that makes it. */
type Call = Context & { changes: Changeset; by: IamOperationName }

/** A tagged resource. */
interface Tagged {
  id: string
  tags: readonly Tag[]
}

/**
 * Kinds of resources with case-sensitive tags, and with operations that differ only in how a request names them. Each
 * is declared with the parameter and types of an instance profile's operations; {@link tagOperations} is the only place
 * that uses one resource's names for another's.
 */
interface TaggedKind {
  /** As in the names of operations. */
  title: 'InstanceProfile'
  /** As in summaries, with its article. */
  text: string
  /** The parameter that names it. */
  member: 'InstanceProfileName'
  fault?(input: object): ServiceError | undefined
  needs(action: IamOperationName): (input: never, context: Context) => Promise<Needed[]>
  /** Returns the resource. Throws NoSuchEntity. */
  find(name: string, call: Context): Promise<Tagged>
  /** Changes the tags. Throws NoSuchEntity. */
  change(name: string, tagsOf: (present: readonly Tag[]) => Tag[], call: Call): Promise<void>
}

const INSTANCE_PROFILES: TaggedKind = {
  title: 'InstanceProfile',
  text: 'an instance profile',
  member: 'InstanceProfileName',
  needs: needsOnProfile,
  async find(InstanceProfileName, call) {
    const { entry } = await profileIn({ ...call, input: { InstanceProfileName } })
    return { id: entry.id, tags: entry.value.tags }
  },
  async change(InstanceProfileName, tagsOf, call) {
    const profile = await profileIn({ ...call, input: { InstanceProfileName } })
    changeEntity(profile, { tags: tagsOf(profile.entry.value.tags) }, call)
  },
}

const POLICIES: TaggedKind = {
  title: 'Policy' as 'InstanceProfile',
  text: 'a managed policy',
  member: 'PolicyArn' as 'InstanceProfileName',
  fault: (input) => arnFault(input as { PolicyArn: string }),
  needs: needsOnPolicy,
  async find(arn, call) {
    const { record } = await requirePolicy(arn, call)
    return { id: record.policyId, tags: record.tags }
  },
  async change(arn, tagsOf, call) {
    const policy = await requireOwnPolicy(arn, call.by, call)
    changePolicy(policy, { tags: tagsOf(policy.value.tags) }, call)
  },
}

const PROVIDERS: TaggedKind = {
  title: 'OpenIDConnectProvider' as 'InstanceProfile',
  text: 'an OpenID Connect provider',
  member: 'OpenIDConnectProviderArn' as 'InstanceProfileName',
  fault: (input) => providerArnFault(input as { OpenIDConnectProviderArn: string }),
  needs: needsOnProvider,
  async find(OpenIDConnectProviderArn, call) {
    const { id, value } = await requireProvider({ OpenIDConnectProviderArn }, call)
    return { id, tags: value.tags }
  },
  async change(OpenIDConnectProviderArn, tagsOf, call) {
    const provider = await requireProvider({ OpenIDConnectProviderArn }, call)
    changeProvider(provider, { tags: tagsOf(provider.value.tags) }, call)
  },
}

function tagOperations({
  title,
  text,
  member,
  fault = () => undefined,
  needs,
  find,
  change,
}: TaggedKind): AnyOperation[] {
  const [tag, untag, list] = [`Tag${title}`, `Untag${title}`, `List${title}Tags`] as const
  return [
    queryOperation<'iam', typeof tag>('iam', {
      name: tag,
      summary: `Adds tags to ${text}, or changes the values of existing tags.`,
      readOnly: false,
      afterRollback: 'again',
      audit: { request: [member, 'Tags'], response: [] },
      check: (input) => fault(input) ?? tagFault(input.Tags, EXACT_CASE),
      needs: needs(tag),
      async run(call) {
        await change(call.input[member], (present) => mergedTags(present, call.input.Tags, EXACT_CASE), {
          ...call,
          by: tag,
        })
        return undefined
      },
    }),
    queryOperation<'iam', typeof untag>('iam', {
      name: untag,
      summary: `Removes tags from ${text}. Missing tags are ignored.`,
      readOnly: false,
      afterRollback: 'again',
      audit: { request: [member, 'TagKeys'], response: [] },
      check: (input) => fault(input) ?? reservedFault(input.TagKeys),
      needs: needs(untag),
      async run(call) {
        await change(call.input[member], (present) => withoutTags(present, call.input.TagKeys, EXACT_CASE), {
          ...call,
          by: untag,
        })
        return undefined
      },
    }),
    queryOperation<'iam', typeof list>('iam', {
      name: list,
      summary: `Lists the tags of ${text}.`,
      readOnly: true,
      audit: { request: [member, 'Marker', 'MaxItems'], response: [] },
      check: fault,
      needs: needs(list),
      async run(call) {
        const { id, tags } = await find(call.input[member], call)
        const { items, end } = await readPage(call, [list, id], asOrdered(iamTags(tags)))
        return { Tags: items, ...end }
      },
    }),
  ]
}

/** The operations for tags of all resources except users and roles. */
export const RESOURCE_TAG_OPERATIONS: readonly AnyOperation[] = [POLICIES, INSTANCE_PROFILES, PROVIDERS].flatMap(
  tagOperations,
)
