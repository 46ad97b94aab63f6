import { type Input, type ServiceError, serviceError } from '@keyhold/protocol'
import type { AccessGrant } from '../../../domain/policy/access.ts'
import { denialsOf } from '../../../domain/policy/denials-of.ts'
import type { GrantRecord } from '../../../domain/policy/grant-record.ts'
import { rootArn } from '../../../identity/accounts/entity-arns.ts'
import { parseKeyReference } from '../../../domain/keys/identifiers.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { type GrantName, grantTable } from '../../../vault/records/grant.ts'
import { deleteGrant } from '../../../vault/records/grant-rows.ts'
import type { KeyQuestion } from '../../../execution/authorizer/access-question.ts'
import type { Authorizer } from '../../../execution/authorizer/authorizer.ts'
import type { Decided } from '../../../execution/authorizer/decided.ts'
import { operation } from '../../../execution/define.ts'
import { grantNamedBy } from '../../../execution/grant-tokens.ts'
import type { Services } from '../../../execution/services.ts'
import { constrainedContext, constraintTypes } from './grant-conditions.ts'
import { requireGrant } from './grant-rules.ts'

export const retireGrant = operation<'RetireGrant', 'key'>({
  name: 'RetireGrant',
  summary:
    'Deletes a grant. Callable by its retiring principal, by its grantee if the grant allows RetireGrant, and by the accounts ' +
    'that issued it or own the key.',
  readOnly: false,
  afterRollback: 'again',
  keys: {
    key: {
      states: STATE_RULES.any,
      async find(input, lookup, services) {
        if (input.GrantToken === undefined) return lookup.byKeyReference(input.KeyId ?? '')
        const { keyId } = await referenceOf(input, lookup.region, services)
        return lookup.byKeyId(keyId)
      },
      // The grant decides who can retire it: its retiring principal, its grantee if RetireGrant is among its
      // operations, and the accounts that issued it and that own the key. Source: AWS KMS Developer Guide, "Retiring
      // and revoking grants".
      async authorize(question, input, authorizer, services) {
        const grant = await grantNamed(input, question, authorizer, services)
        if (grant === undefined) return byGrantsAlone(question, [], authorizer)
        return byGrantsAlone({ ...question, ...whatGrantDemands(grant) }, permissionsIn(grant), authorizer)
      },
      context: () => undefined,
    },
  },
  crossAccount: 'yes',
  grantable: { keys: 'any', context: false },
  rate: 50,
  changesKey: false,
  grantTokens: ({ GrantToken }) => (GrantToken === undefined ? [] : [GrantToken]),
  audit: { request: ['KeyId', 'GrantId', 'DryRun'], response: [] },

  check: (input) => referenceFault(input),

  async run({ input, keys, services, changes, note }) {
    const { region, grantId } = await referenceOf(input, keys.key.value.region, services)
    const grant = await requireGrant({ region, keyId: keys.key.value.keyId }, grantId, services)
    note('grantId', grant.value.grantId)
    deleteGrant(grant, changes)
  },
})

/** Decides by these grants alone: the key policy can only deny. */
async function byGrantsAlone(
  question: KeyQuestion,
  grants: readonly AccessGrant[],
  authorizer: Authorizer,
): Promise<Decided> {
  const asked = await authorizer.question(question)
  const { policy } = asked.resource
  const denials = typeof policy === 'object' ? { policy: denialsOf(policy) } : {}
  return authorizer.decide({ ...asked, grants, resource: { ...asked.resource, isByGrants: true, ...denials } })
}

/** Finds the grant by id or by token. Records and access decisions never contain the token itself, only the grant. */
async function grantNamed(
  { KeyId, GrantId }: Input<'RetireGrant'>,
  { found }: KeyQuestion,
  { tokenGrants }: Authorizer,
  services: Services,
): Promise<GrantRecord | undefined> {
  if (GrantId === undefined) return tokenGrants[0]
  const reference = await referenceOf({ KeyId, GrantId }, found.key?.value.region ?? '', services)
  return (await services.records.get(grantTable, reference))?.value
}

/**
 * The condition keys of the grant. Source: Service Authorization Reference, "Actions, resources, and condition keys for
 * AWS Key Management Service", RetireGrant.
 */
function whatGrantDemands({ constraints = {} }: GrantRecord): Pick<KeyQuestion, 'own' | 'encryptionContext'> {
  return {
    own: { 'kms:grantconstrainttype': constraintTypes(constraints) },
    encryptionContext: constrainedContext(constraints),
  }
}

/** The permissions to retire the grant, expressed as grants. */
function permissionsIn(grant: GrantRecord): AccessGrant[] {
  const { constraints: _, ...unconstrained } = grant
  const operations = ['RetireGrant']
  const retire = (grantee: AccessGrant['grantee']): AccessGrant => ({ ...unconstrained, operations, grantee })
  const accounts = [...new Set([grant.issuingAccount, grant.accountId])].map((id) => retire({ arn: rootArn(id) }))
  return [grant, ...(grant.retiring ? [retire(grant.retiring)] : []), ...accounts]
}

async function referenceOf(input: Input<'RetireGrant'>, region: string, services: Services): Promise<GrantName> {
  if (input.GrantToken !== undefined) return grantNamedBy(input.GrantToken, region, services)
  const named = parseKeyReference(input.KeyId ?? '')
  return { region, keyId: named.kind === 'key' ? named.keyId : '', grantId: input.GrantId ?? '' }
}

function referenceFault({ GrantToken, GrantId, KeyId }: Input<'RetireGrant'>): ServiceError | undefined {
  const byToken = GrantToken !== undefined && GrantId === undefined && KeyId === undefined
  const byId = GrantToken === undefined && GrantId !== undefined && KeyId !== undefined
  if (byToken) return undefined
  return byId ? undefined : serviceError('ValidationException', 'Specify either GrantToken, or both KeyId and GrantId.')
}
