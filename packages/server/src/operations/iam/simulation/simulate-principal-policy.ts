import { parseArn, queryError, type ServiceError } from '@keyhold/protocol'
import type { PolicyPrincipal } from '../../../authorization/policy/contract.ts'
import { type PolicyText, policyTexts } from '../../../directory/permissions.ts'
import { nameInArn } from '../../../identity/entity-arns.ts'
import { rolePrincipal, userPrincipal } from '../../../identity/principals.ts'
import type { EntityNameRecord, GroupRecord, RoleRecord, UserRecord } from '../../../identity/records.ts'
import type { Tag } from '../../../keys/record.ts'
import type { Pace } from '../../../platform/pace.ts'
import { queryOperation } from '../../define.ts'
import { type Context, findEntity, noSuchEntity } from '../entities.ts'
import { type Actor, anyUser, scenarioFault, scenarioOf, unsupported } from './scenario.ts'
import { simulatedPage } from './simulated-page.ts'
import { type SimulatedPolicy, simulatedList, simulatedPolicy } from './simulated-policy.ts'

const KINDS = ['user', 'group', 'role'] as const

type Source = UserRecord | RoleRecord | GroupRecord

export const simulatePrincipalPolicy = queryOperation<'iam', 'SimulatePrincipalPolicy'>('iam', {
  name: 'SimulatePrincipalPolicy',
  summary: 'Says what the policies of a user, group or role allow, with others added to them.',
  readOnly: true,
  audit: {
    request: ['PolicySourceArn', 'ActionNames', 'ResourceArns', 'CallerArn', 'ResourceOwner', 'MaxItems', 'Marker'],
    response: [],
  },
  needs: async ({ PolicySourceArn }, context) => [
    { action: 'iam:SimulatePrincipalPolicy', resource: PolicySourceArn, tags: await tagsOf(PolicySourceArn, context) },
  ],

  check: (input) => sourceFault(input.PolicySourceArn) ?? exclusionFault(input) ?? scenarioFault(input),

  run: (call) =>
    simulatedPage(call, ['SimulatePrincipalPolicy', call.input.PolicySourceArn], async ({ input }, pace) => {
      const actor = await actorOf(input.PolicySourceArn, call, pace)
      const added = simulatedList('PolicyInputList', input.PolicyInputList ?? [])
      return scenarioOf(input, { ...actor, policies: [...actor.policies, ...added] })
    }),
})

/** Who the source is, with all of its policies. A group has nobody of its own: a user of the account stands for it. */
async function actorOf(arn: string, context: Context, pace: Pace): Promise<Actor> {
  const record = await sourceOf(arn, context)
  const { policies, boundary } = await policyTexts(record, context.services.directory.policySource)
  const compiled: SimulatedPolicy[] = []
  for (const policy of policies) {
    compiled.push(simulated(policy))
    await pace.step()
  }
  return {
    principal: principalOf(record),
    policies: compiled,
    ...(boundary && { boundary: simulated(boundary) }),
  }
}

/** The tags of the source, by which policies may tell whom a caller may ask about; none where there is no such source. */
async function tagsOf(arn: string, context: Context): Promise<readonly Tag[]> {
  const record = await presentSource(arn, context)
  return record !== undefined && 'tags' in record ? record.tags : []
}

/** Throws NoSuchEntity. */
async function sourceOf(arn: string, context: Context): Promise<Source> {
  const source = await presentSource(arn, context)
  if (source !== undefined) return source
  const { kind, named } = kindNamed(arn)
  throw noSuchEntity(kind, named.name)
}

async function presentSource(arn: string, context: Context): Promise<Source | undefined> {
  const { kind, named } = kindNamed(arn)
  const entity = await findEntity(kind, named.name, context)
  return entity && isIts(named, entity.name.value, context) ? entity.entry.value : undefined
}

function kindNamed(arn: string): { kind: (typeof KINDS)[number]; named: NonNullable<ReturnType<typeof nameInArn>> } {
  const parsed = parseArn(arn)
  for (const kind of KINDS) {
    const named = nameInArn(kind, parsed)
    if (named) return { kind, named }
  }
  throw new Error(`${arn} was checked, and names nothing`)
}

/** ARNs are compared exactly: what is denied on the entity's own must not be done by another spelling of it. */
function isIts(
  named: { accountId: string; path: string; name: string },
  { path, name }: EntityNameRecord,
  { caller }: Context,
): boolean {
  return named.name === name && named.path === path && named.accountId === caller.principal.accountId
}

function principalOf(record: Source): PolicyPrincipal {
  if (!('type' in record)) return anyUser(record.accountId)
  return record.type === 'Role' ? rolePrincipal(record, 'simulation').principal : userPrincipal(record).principal
}

function simulated({ name, text, of: type }: PolicyText): SimulatedPolicy {
  return simulatedPolicy(name, text, { kind: 'identity', type })
}

function sourceFault(arn: string): ServiceError | undefined {
  const parsed = parseArn(arn)
  if (KINDS.some((kind) => nameInArn(kind, parsed))) return undefined
  return queryError('InvalidInput', `Invalid Entity Arn: ${arn}`)
}

function exclusionFault({
  PolicyExclusionList,
}: {
  PolicyExclusionList?: readonly object[]
}): ServiceError | undefined {
  return PolicyExclusionList === undefined ? undefined : unsupported('PolicyExclusionList')
}
