import { parseArn, queryError } from '@keyhold/protocol'
import type { PolicyReference } from '../../../domain/policy/policy-reference.ts'
import type { OwnConditions } from '../../../domain/policy/request-facts.ts'
import { readablePolicyReference } from '../../../identity/directory/present-names.ts'
import { nameInArn } from '../../../identity/accounts/entity-arns.ts'
import { type AnyOperation, queryOperation } from '../../../execution/define.ts'
import { attach, detach, referenceTo } from './attachments.ts'
import { changeEntity, type Context } from '../entities.ts'
import { entityIn, type Family, GROUPS, needsOn, ROLES, USERS } from '../families.ts'
import { arnFault } from './managed-policies.ts'
import { boundaryCondition } from '../needed.ts'
import { inOrderOf, readPage } from '../pages.ts'
import { requireWithin } from '../account/quotas.ts'

function attachPolicy(family: Family): AnyOperation {
  const name = `Attach${family.title}Policy` as 'AttachUserPolicy'
  return queryOperation<'iam', 'AttachUserPolicy'>('iam', {
    name,
    summary: `Attaches a managed policy to a ${family.kind}. Attaching an attached policy has no effect.`,
    readOnly: false,
    afterRollback: 'again',
    audit: { request: [family.member, 'PolicyArn'], response: [] },
    check: arnFault,
    needs: needsOn(name, family, attachmentConditions),
    async run(call) {
      const entity = await entityIn(family, call)
      const { attached } = entity.entry.value
      const policy = await referenceTo(call.input.PolicyArn, { how: 'policy', kind: family.kind }, call)
      if (attached.some((one) => one.arn === policy.arn && isSame(one, policy))) return undefined
      await attach(policy, { how: 'policy', kind: family.kind, entityId: entity.entry.id }, call)
      requireWithin(`PoliciesPer${family.title}`, attached.length + 1)
      changeEntity(entity, { attached: [...attached, policy] }, call)
      return undefined
    },
  })
}

function detachPolicy(family: Family): AnyOperation {
  const name = `Detach${family.title}Policy` as 'DetachUserPolicy'
  return queryOperation<'iam', 'DetachUserPolicy'>('iam', {
    name,
    summary: `Detaches a managed policy from a ${family.kind}.`,
    readOnly: false,
    afterRollback: 'again',
    audit: { request: [family.member, 'PolicyArn'], response: [] },
    check: arnFault,
    needs: needsOn(name, family, attachmentConditions),
    async run(call) {
      const { PolicyArn: policyArn } = call.input
      const entity = await entityIn(family, call)
      const { attached } = entity.entry.value
      const detached = attached.filter(({ arn }) => arn === policyArn)
      if (detached.length === 0) throw queryError('NoSuchEntity', `Policy ${policyArn} was not found.`)
      for (const policy of detached) {
        await detach(policy, { how: 'policy', kind: family.kind, entityId: entity.entry.id }, call)
      }
      changeEntity(entity, { attached: attached.filter(({ arn }) => arn !== policyArn) }, call)
      return undefined
    },
  })
}

function listAttached(family: Family): AnyOperation {
  const name = `ListAttached${family.title}Policies` as 'ListAttachedUserPolicies'
  return queryOperation<'iam', 'ListAttachedUserPolicies'>('iam', {
    name,
    summary: `Lists the managed policies attached to a ${family.kind}.`,
    readOnly: true,
    audit: { request: [family.member, 'PathPrefix', 'Marker', 'MaxItems'], response: [] },
    needs: needsOn(name, family),
    async run(call) {
      const { PathPrefix = '/' } = call.input
      const { entry } = await entityIn(family, call)
      const attached = await Promise.all(entry.value.attached.map((policy) => listedPolicy(policy, call)))
      const policies = attached.filter(({ path }) => path.startsWith(PathPrefix))
      // An AWS managed policy and one of the account can have the same name.
      const source = inOrderOf(({ name, accountId }) => `${name.toLowerCase()}|${accountId}`, policies)
      const { items, end } = await readPage(call, [name, entry.id, PathPrefix], source)
      return { AttachedPolicies: items.map(({ name, shown }) => ({ PolicyName: name, PolicyArn: shown })), ...end }
    },
  })
}

function attachmentConditions(record: object | undefined, input: object): OwnConditions {
  const { PolicyArn } = input as { PolicyArn: string }
  return { ...boundaryCondition(record), 'iam:policyarn': PolicyArn }
}

/** An ARN without an id, from an earlier build, refers to whichever policy has that ARN now. */
function isSame({ id }: PolicyReference, policy: PolicyReference): boolean {
  return id === undefined || id === policy.id
}

interface ListedPolicy {
  accountId: string
  path: string
  name: string
  /** {@link readablePolicyReference} */
  shown: string
}

/** A managed policy that is attached to an entity, as lists show it. */
export async function listedPolicy(policy: PolicyReference, { services }: Context): Promise<ListedPolicy> {
  const named = nameInArn('policy', parseArn(policy.arn))
  if (named === undefined) throw new Error(`an entity has ${policy.arn} attached, which is not the ARN of a policy`)
  return { ...named, shown: await readablePolicyReference(policy, services.directory) }
}

/** The operations for managed policies attached to users, roles and groups. */
export const ATTACHED_POLICY_OPERATIONS: readonly AnyOperation[] = [USERS, ROLES, GROUPS].flatMap((family) => [
  attachPolicy(family),
  detachPolicy(family),
  listAttached(family),
])
