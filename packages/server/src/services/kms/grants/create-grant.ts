import { type Input, serviceError } from '@keyhold/protocol'
import type { GrantConstraints } from '../../../domain/policy/access.ts'
import type { GrantRecord } from '../../../domain/policy/grant-record.ts'
import { grantFault, type WantedGrant } from '../../../domain/policy/grants/rules.ts'
import type { OwnConditions } from '../../../domain/policy/request-facts.ts'
import { keyArn } from '../../../domain/keys/arns.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { grantTable } from '../../../vault/records/grant.ts'
import { grantNameTable, substanceOf } from '../../../vault/records/grant-name.ts'
import { addGrant } from '../../../vault/records/grant-rows.ts'
import { type Call, operation, rulesOf } from '../../../execution/define.ts'
import { sealGrantToken } from '../../../execution/grant-tokens.ts'
import { constrainedContext, constraintTypes } from './grant-conditions.ts'
import { grantParty, partyArn } from './grant-parties.ts'
import { parentFault } from './parent-grants.ts'
import { requireRoomForGrant } from '../quota-rules.ts'
import { managedKey } from '../targets.ts'

export const createGrant = operation<'CreateGrant', 'key'>({
  name: 'CreateGrant',
  summary:
    'Adds a grant to a KMS key, which allows a principal to use the key for the listed operations without a policy change.',
  readOnly: false,
  afterRollback: { lost: 'Its rights are gone: grant them again to who needs them.' },
  keys: {
    key: {
      ...managedKey<'CreateGrant'>(STATE_RULES.grant),
      context: (input) => constrainedContext(constraintsOf(input)),
      conditions: grantConditions,
    },
  },
  crossAccount: 'yes',
  grantable: { keys: 'any', context: false, alone: false },
  rate: 50,
  changesKey: false,
  about: 'grants',
  audit: {
    request: [
      'KeyId',
      'GranteePrincipal',
      'GranteeServicePrincipal',
      'RetiringPrincipal',
      'RetiringServicePrincipal',
      'Operations',
      'Constraints',
      'Name',
      'DryRun',
    ],
    response: ['GrantId'],
  },

  async run(call) {
    const { services, changes, keys } = call
    const fault = grantFault(wantedGrant(call.input), keys.key.value, services.operations.grantable)
    if (fault !== undefined) throw serviceError('ValidationException', fault)
    await requireWithinParents(call)
    const grant = await newGrant(call)
    const repeated = grant.name === '' ? undefined : await sameGrant(grant, call)
    if (repeated === undefined) {
      await requireRoomForGrant(keys.key, call)
      changes.require(keys.key)
      addGrant(grant, changes)
    }
    const made = repeated ?? grant
    return { GrantId: made.grantId, GrantToken: await sealGrantToken(made, services.hierarchy) }
  },
})

type CreateGrantCall = Call<'CreateGrant', 'key'>

function wantedGrant(input: Input<'CreateGrant'>): WantedGrant {
  return {
    operations: input.Operations,
    granteePrincipal: input.GranteePrincipal,
    granteeServicePrincipal: input.GranteeServicePrincipal,
    retiringPrincipal: input.RetiringPrincipal,
    retiringServicePrincipal: input.RetiringServicePrincipal,
    constraints: constraintsOf(input),
  }
}

function constraintsOf({ Constraints = {} }: Input<'CreateGrant'>): GrantConstraints {
  const { EncryptionContextEquals, EncryptionContextSubset, SourceArn } = Constraints
  return {
    ...(EncryptionContextEquals && { encryptionContextEquals: EncryptionContextEquals }),
    ...(EncryptionContextSubset && { encryptionContextSubset: EncryptionContextSubset }),
    ...(SourceArn !== undefined && { sourceArn: SourceArn }),
  }
}

/**
 * An account number has the value that the grant will have: the ARN of its root. Source: AWS KMS Developer Guide, "AWS
 * KMS condition keys", those of CreateGrant.
 */
function grantConditions(input: Input<'CreateGrant'>): OwnConditions {
  const { GranteePrincipal: grantee, RetiringPrincipal: retiring } = input
  return {
    'kms:grantconstrainttype': constraintTypes(constraintsOf(input)),
    'kms:grantconstraintsourcearn': input.Constraints?.SourceArn,
    'kms:grantoperations': input.Operations,
    'kms:granteeprincipal': grantee === undefined ? undefined : partyArn(grantee),
    'kms:granteeserviceprincipal': input.GranteeServicePrincipal,
    'kms:retiringprincipal': retiring === undefined ? undefined : partyArn(retiring),
    'kms:retiringserviceprincipal': input.RetiringServicePrincipal,
  }
}

/** A principal whose permission to create grants comes only from a grant can pass on no more than that grant allows. */
async function requireWithinParents(call: CreateGrantCall): Promise<void> {
  const { input, keys, authorizer, caller, lookup, services } = call
  const question = {
    action: 'kms:CreateGrant',
    rules: rulesOf(createGrant),
    found: await lookup.byKeyReference(input.KeyId),
    own: grantConditions(input),
    encryptionContext: constrainedContext(constraintsOf(input)),
  }
  const wanted = wantedGrant(input)
  const why = await parentFault(question, wanted, { authorizer, services })
  if (why === undefined) return
  const resource = keyArn(keys.key.value)
  const message = `User: ${caller.principal.arn} is not authorized to perform: kms:CreateGrant on resource: ${resource}. ${why}`
  throw serviceError('AccessDeniedException', message)
}

async function newGrant({ input, keys, caller, nowMs, services }: CreateGrantCall): Promise<GrantRecord> {
  const { keyId, region, accountId } = keys.key.value
  const { GranteePrincipal, GranteeServicePrincipal, RetiringPrincipal, RetiringServicePrincipal } = input
  const grantee = await grantParty({ principal: GranteePrincipal, service: GranteeServicePrincipal }, services)
  if (grantee === undefined) throw new Error('grantFault() refuses a grant without a grantee')
  const retiring = await grantParty({ principal: RetiringPrincipal, service: RetiringServicePrincipal }, services)
  return {
    grantId: Buffer.from(services.random.bytes(32)).toString('hex'),
    keyId,
    region,
    accountId,
    name: input.Name ?? '',
    operations: [...new Set<string>(input.Operations)],
    grantee,
    ...(GranteeServicePrincipal !== undefined && { granteeIsService: true }),
    ...(retiring && { retiring }),
    ...(RetiringServicePrincipal !== undefined && { retiringIsService: true }),
    constraints: constraintsOf(input),
    issuingAccount: caller.principal.accountId,
    createdMs: nowMs,
    byIds: true,
    visibleMs: nowMs + services.grantDelayMs,
  }
}

/**
 * Returns the grant with the same name and content, so that a repeated request creates no second one. Source: AWS KMS
 * API Reference, CreateGrant, Name.
 */
async function sameGrant(
  wanted: GrantRecord,
  { services: { records } }: CreateGrantCall,
): Promise<GrantRecord | undefined> {
  const named = await records.get(grantNameTable, substanceOf(wanted))
  return named && (await records.get(grantTable, named.value))?.value
}
