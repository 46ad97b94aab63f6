import { keyArn } from '@keyhold/protocol'
import type { AccessGrant, AccessRequest, GrantConstraints, GrantParty } from '../access.ts'
import type { AllowedAs, PolicyPrincipal } from '../language/contract.ts'
import { accountRoot } from '../grant-parties.ts'
import { isMemberOfAccount } from '../ownership.ts'
import { equalPairs, includesPairs, isOnBehalfOf } from './constraints.ts'

/** The parts of a request that a grant is compared with. */
export type GrantRequest = Pick<
  AccessRequest,
  'principal' | 'action' | 'grantable' | 'encryptionContext' | 'conditions'
> & {
  resource: Pick<AccessRequest['resource'], 'arn'>
}

/** One constraint, and whether the request meets it. */
export interface ConstraintTrace {
  constraint: 'EncryptionContextEquals' | 'EncryptionContextSubset' | 'SourceArn'
  wanted: Readonly<Record<string, string>> | string
  found: Readonly<Record<string, string>> | readonly string[] | undefined
  holds: boolean
}

/** The result for one grant, for explanations. */
export interface GrantTrace {
  grantId: string
  /** Whether the grant is on the requested key. */
  key: boolean
  operation: boolean
  grantee: AllowedAs | false
  /** The constraints that apply to the operation. */
  constraints: ConstraintTrace[]
  applies: boolean
}

const NO_CONTEXT: Readonly<Record<string, string>> = Object.freeze({})

/** Returns the grant operation for a request, its action without the service, or `undefined` if no grant can allow the action. */
export function grantOperation({ action, grantable }: Pick<GrantRequest, 'action' | 'grantable'>): string | undefined {
  return grantable === false ? undefined : action.slice(action.indexOf(':') + 1)
}

/** Returns whether constraints on the encryption context apply to a request. */
export function isBoundByContext({ grantable }: Pick<GrantRequest, 'grantable'>): boolean {
  return grantable !== false && grantable.context
}

/**
 * Returns how the grant allows the request, or `undefined`. A grant allows nothing on any other key than its own,
 * wherever the caller found the grant. Source: AWS KMS Developer Guide, "Grants in AWS KMS".
 */
export function grantAllows(grant: AccessGrant, request: GrantRequest): AllowedAs | undefined {
  if (!isOnKey(grant, request.resource.arn)) return undefined
  const how = granteeMatch(grant.grantee, request.principal)
  return how && allowsOperation(grant, request) && meetsConstraints(grant.constraints, request) ? how : undefined
}

/** Like {@link grantAllows}, with the result of each part. */
export function traceGrant(grant: AccessGrant, request: GrantRequest): GrantTrace {
  const applies = grantAllows(grant, request) !== undefined
  const grantee = granteeMatch(grant.grantee, request.principal) ?? false
  const constraints = traceConstraints(grant.constraints, request)
  const key = isOnKey(grant, request.resource.arn)
  return { grantId: grant.grantId, key, operation: allowsOperation(grant, request), grantee, constraints, applies }
}

/** Returns whether the grant is on the key of this ARN. Every part of the ARN counts. */
export function isOnKey(grant: Pick<AccessGrant, 'keyId' | 'region' | 'accountId'>, arn: string | undefined): boolean {
  return arn === keyArn(grant.region, grant.accountId, grant.keyId)
}

/**
 * Returns how the principal matches the grantee. If the grantee has an immutable id, the principal with that id
 * matches, under any name. A later principal of the same name does not.
 */
export function granteeMatch(grantee: GrantParty, principal: PolicyPrincipal): AllowedAs | undefined {
  const { role } = principal
  if (isParty(grantee, principal)) return 'principal'
  if (!isMemberOfAccount(principal)) return undefined
  if (role && isParty(grantee, role)) return 'role'
  return isAccountRoot(grantee, principal.accountId) ? 'account' : undefined
}

function isParty(grantee: GrantParty, { arn, principalId }: { arn: string; principalId: string }): boolean {
  return grantee.principalId === undefined ? grantee.arn === arn : grantee.principalId === principalId
}

/** `arn:aws:iam::<account>:root`: all principals of that account, as far as the account's own policies allow. */
function isAccountRoot(grantee: GrantParty, accountId: string): boolean {
  return grantee.arn === accountRoot(accountId) && hasId(grantee, accountId)
}

function hasId({ principalId }: GrantParty, found: string): boolean {
  return principalId === undefined || principalId === found
}

function allowsOperation({ operations }: AccessGrant, request: GrantRequest): boolean {
  const operation = grantOperation(request)
  return operation !== undefined && operations.includes(operation)
}

/**
 * Constraints on the encryption context apply to operations that take one. They do not limit DescribeKey and
 * RetireGrant, and CreateGrant passes them on to child grants (grants/rules.ts). SourceArn applies to all operations.
 * Source: AWS KMS API Reference, CreateGrant, Constraints.
 */
function meetsConstraints(constraints: GrantConstraints | undefined, request: GrantRequest): boolean {
  if (constraints === undefined) return true
  const { encryptionContextEquals, encryptionContextSubset, sourceArn } = constraints
  if (sourceArn !== undefined && !isOnBehalfOf(request.conditions, sourceArn)) return false
  if (!isBoundByContext(request)) return true
  const context = request.encryptionContext ?? NO_CONTEXT
  if (encryptionContextEquals && !equalPairs(context, encryptionContextEquals)) return false
  return !encryptionContextSubset || includesPairs(context, encryptionContextSubset)
}

/** Traces each constraint separately, by the rule for all of them together. */
function traceConstraints(constraints: GrantConstraints | undefined, request: GrantRequest): ConstraintTrace[] {
  const { encryptionContextEquals, encryptionContextSubset, sourceArn } = constraints ?? {}
  const found = request.encryptionContext
  const traces: ConstraintTrace[] = []
  if (encryptionContextEquals) {
    const holds = meetsConstraints({ encryptionContextEquals }, request)
    traces.push({ constraint: 'EncryptionContextEquals', wanted: encryptionContextEquals, found, holds })
  }
  if (encryptionContextSubset) {
    const holds = meetsConstraints({ encryptionContextSubset }, request)
    traces.push({ constraint: 'EncryptionContextSubset', wanted: encryptionContextSubset, found, holds })
  }
  if (sourceArn !== undefined) {
    const holds = meetsConstraints({ sourceArn }, request)
    traces.push({ constraint: 'SourceArn', wanted: sourceArn, found: request.conditions.get('aws:sourcearn'), holds })
  }
  return traces
}
