import { parseArn, queryError } from '@keyhold/protocol'
import type { OwnConditions } from '../../authorization/request-facts.ts'
import { nameInArn } from '../../identity/entity-arns.ts'
import { type AnyOperation, queryOperation } from '../define.ts'
import { attach, detach } from './attachments.ts'
import { changeEntity } from './entities.ts'
import { entityIn, type Family, GROUPS, needsOn, ROLES, USERS } from './families.ts'
import { arnFault } from './managed-policies.ts'
import { boundaryCondition } from './needed.ts'
import { inOrderOf, readPage } from './pages.ts'
import { requireWithin } from './quotas.ts'

function attachPolicy(family: Family): AnyOperation {
  const name = `Attach${family.title}Policy` as 'AttachUserPolicy'
  return queryOperation<'iam', 'AttachUserPolicy'>('iam', {
    name,
    summary: `Attaches a managed policy to a ${family.kind}. One that is attached already is no error.`,
    readOnly: false,
    audit: { request: [family.member, 'PolicyArn'], response: [] },
    check: arnFault,
    needs: needsOn(name, family, attachmentConditions),
    async run(call) {
      const { PolicyArn: policyArn } = call.input
      const entity = await entityIn(family, call)
      const { attached } = entity.entry.value
      if (attached.includes(policyArn)) return undefined
      await attach({ policyArn, how: 'policy', kind: family.kind, entityId: entity.entry.row.id }, call)
      requireWithin(`PoliciesPer${family.title}`, attached.length + 1)
      await changeEntity(family.kind, entity, { attached: [...attached, policyArn] }, call)
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
    audit: { request: [family.member, 'PolicyArn'], response: [] },
    check: arnFault,
    needs: needsOn(name, family, attachmentConditions),
    async run(call) {
      const { PolicyArn: policyArn } = call.input
      const entity = await entityIn(family, call)
      const { attached } = entity.entry.value
      if (!attached.includes(policyArn)) throw queryError('NoSuchEntity', `Policy ${policyArn} was not found.`)
      await detach({ policyArn, how: 'policy', kind: family.kind, entityId: entity.entry.row.id }, call)
      await changeEntity(family.kind, entity, { attached: attached.filter((arn) => arn !== policyArn) }, call)
      return undefined
    },
  })
}

function listAttached(family: Family): AnyOperation {
  const name = `ListAttached${family.title}Policies` as 'ListAttachedUserPolicies'
  return queryOperation<'iam', 'ListAttachedUserPolicies'>('iam', {
    name,
    summary: `Lists the managed policies that are attached to a ${family.kind}.`,
    readOnly: true,
    audit: { request: [family.member, 'PathPrefix', 'Marker', 'MaxItems'], response: [] },
    needs: needsOn(name, family),
    async run(call) {
      const { PathPrefix = '/' } = call.input
      const { entry } = await entityIn(family, call)
      const policies = entry.value.attached.map(readPolicyArn).filter(({ path }) => path.startsWith(PathPrefix))
      // A name may be AWS's and the account's own at once.
      const source = inOrderOf(({ name, accountId }) => `${name.toLowerCase()}|${accountId}`, policies)
      const { items, end } = await readPage(call, [name, entry.row.id, PathPrefix], source)
      return { AttachedPolicies: items.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn })), ...end }
    },
  })
}

function attachmentConditions(record: object | undefined, input: object): OwnConditions {
  const { PolicyArn } = input as { PolicyArn: string }
  return { ...boundaryCondition(record), 'iam:policyarn': PolicyArn }
}

function readPolicyArn(arn: string): { accountId: string; path: string; name: string; arn: string } {
  const named = nameInArn('policy', parseArn(arn))
  if (named === undefined) throw new Error(`an entity has ${arn} attached, which is no policy`)
  return { ...named, arn }
}

/** The managed policies that are attached to users, roles and groups. */
export const ATTACHED_POLICY_OPERATIONS: readonly AnyOperation[] = [USERS, ROLES, GROUPS].flatMap((family) => [
  attachPolicy(family),
  detachPolicy(family),
  listAttached(family),
])
