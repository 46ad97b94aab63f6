import { queryError, type ServiceError } from '@keyhold/protocol'
import { type AnyOperation, queryOperation } from '../../../execution/define.ts'
import { encodedDocument, policySize, requireIdentityPolicy } from './documents.ts'
import { changeEntity } from '../entities.ts'
import { entityIn, type Family, GROUPS, nameIn, needsOn, ROLES, USERS } from '../families.ts'
import { boundaryCondition } from '../needed.ts'
import { inOrderOf, readPage } from '../pages.ts'
import { QUOTAS } from '../account/quotas.ts'

type Inline = Readonly<Record<string, string>>

/** The maximum number of characters in all inline policies of an entity together, without whitespace. */
const MOST_CHARACTERS: Readonly<Record<Family['kind'], number>> = {
  user: QUOTAS.UserPolicySize,
  role: QUOTAS.RolePolicySize,
  group: QUOTAS.GroupPolicySize,
}

function put(family: Family): AnyOperation {
  const name = `Put${family.title}Policy` as 'PutUserPolicy'
  return queryOperation<'iam', 'PutUserPolicy'>('iam', {
    name,
    summary: `Adds an inline policy to a ${family.kind}, or replaces the one of that name.`,
    readOnly: false,
    afterRollback: 'again',
    documents: ['PolicyDocument'],
    audit: { request: [family.member, 'PolicyName', 'PolicyDocument'], response: [] },
    needs: needsOn(name, family, boundaryCondition),
    async run(call) {
      const { PolicyName, PolicyDocument } = call.input
      requireIdentityPolicy(PolicyDocument)
      const entity = await entityIn(family, call)
      const inline = { ...entity.entry.value.inline, [PolicyName]: PolicyDocument }
      requireRoom(family, inline, entity.name.value.name)
      changeEntity(entity, { inline }, call)
      return undefined
    },
  })
}

function get(family: Family): AnyOperation {
  const name = `Get${family.title}Policy` as 'GetUserPolicy'
  return queryOperation<'iam', 'GetUserPolicy'>('iam', {
    name,
    summary: `Returns an inline policy of a ${family.kind}, as it was submitted.`,
    readOnly: true,
    audit: { request: [family.member, 'PolicyName'], response: [] },
    needs: needsOn(name, family),
    async run(call) {
      const { PolicyName } = call.input
      const { entry } = await entityIn(family, call)
      const PolicyDocument = encodedDocument(requireInline(family, entry.value.inline, PolicyName))
      return { [family.member]: nameIn(family, call.input), PolicyName, PolicyDocument }
    },
  })
}

function remove(family: Family): AnyOperation {
  const name = `Delete${family.title}Policy` as 'DeleteUserPolicy'
  return queryOperation<'iam', 'DeleteUserPolicy'>('iam', {
    name,
    summary: `Deletes an inline policy of a ${family.kind}.`,
    readOnly: false,
    afterRollback: 'again',
    audit: { request: [family.member, 'PolicyName'], response: [] },
    needs: needsOn(name, family, boundaryCondition),
    async run(call) {
      const { PolicyName } = call.input
      const entity = await entityIn(family, call)
      requireInline(family, entity.entry.value.inline, PolicyName)
      const rest = Object.entries(entity.entry.value.inline).filter(([name]) => name !== PolicyName)
      changeEntity(entity, { inline: Object.fromEntries(rest) }, call)
      return undefined
    },
  })
}

function list(family: Family): AnyOperation {
  const name = `List${family.title}Policies` as 'ListUserPolicies'
  return queryOperation<'iam', 'ListUserPolicies'>('iam', {
    name,
    summary: `Lists the names of the inline policies of a ${family.kind}.`,
    readOnly: true,
    audit: { request: [family.member, 'Marker', 'MaxItems'], response: [] },
    needs: needsOn(name, family),
    async run(call) {
      const { entry } = await entityIn(family, call)
      const names = inOrderOf((name) => name, Object.keys(entry.value.inline))
      const { items, end } = await readPage(call, [name, entry.id], names)
      return { PolicyNames: items, ...end }
    },
  })
}

/** Returns the text of the policy. Throws NoSuchEntity. */
function requireInline({ kind }: Family, inline: Inline, name: string): string {
  const text = Object.hasOwn(inline, name) ? inline[name] : undefined
  if (text === undefined) throw queryError('NoSuchEntity', `The ${kind} policy with name ${name} cannot be found.`)
  return text
}

function requireRoom({ kind }: Family, inline: Inline, entityName: string): void {
  const characters = Object.values(inline).reduce((sum, text) => sum + policySize(text), 0)
  if (characters > MOST_CHARACTERS[kind]) throw tooLarge(kind, entityName)
}

function tooLarge(kind: Family['kind'], entityName: string): ServiceError {
  const sentence = `Maximum policy size of ${MOST_CHARACTERS[kind]} bytes exceeded for ${kind} ${entityName}`
  return queryError('LimitExceeded', sentence)
}

/** The operations for inline policies of users, roles and groups. */
export const INLINE_POLICY_OPERATIONS: readonly AnyOperation[] = [USERS, ROLES, GROUPS].flatMap((family) => [
  put(family),
  get(family),
  remove(family),
  list(family),
])
