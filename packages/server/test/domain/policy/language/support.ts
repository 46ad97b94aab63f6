import assert from 'node:assert/strict'
import { compilePolicy } from '../../../../src/domain/policy/language/compile.ts'
import type {
  Bindings,
  CompiledPolicy,
  ConditionValues,
  PolicyFault,
  PolicyKind,
  PolicyPrincipal,
  PolicyRequest,
} from '../../../../src/domain/policy/language/contract.ts'
import { parsePolicy } from '../../../../src/domain/policy/language/parse.ts'

export const ACCOUNT = '111122223333'
export const OTHER_ACCOUNT = '444455556666'
export const KEY_ARN = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`

export const USER: PolicyPrincipal = {
  type: 'IAMUser',
  arn: `arn:aws:iam::${ACCOUNT}:user/team/alice`,
  accountId: ACCOUNT,
  principalId: 'AIDAALICEALICEALICE1',
}
export const ROOT: PolicyPrincipal = {
  type: 'Root',
  arn: `arn:aws:iam::${ACCOUNT}:root`,
  accountId: ACCOUNT,
  principalId: ACCOUNT,
}
export const SESSION: PolicyPrincipal = {
  type: 'AssumedRole',
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/backup/night`,
  accountId: ACCOUNT,
  principalId: 'AROABACKUPBACKUP0001:night',
  role: { arn: `arn:aws:iam::${ACCOUNT}:role/jobs/backup`, principalId: 'AROABACKUPBACKUP0001' },
}
export const SERVICE: PolicyPrincipal = {
  type: 'Service',
  arn: 'backup.amazonaws.com',
  accountId: '999999999999',
  principalId: 'backup.amazonaws.com',
}
export const WEB_IDENTITY: PolicyPrincipal = {
  type: 'WebIdentity',
  arn: `arn:aws:iam::${ACCOUNT}:oidc-provider/issuer.example.com`,
  accountId: ACCOUNT,
  principalId: 'issuer.example.com',
}

/** Condition keys as requests have them; their names in lower case. */
export function conditions(values: Readonly<Record<string, readonly string[]>>): ConditionValues {
  return { get: (name) => (Object.hasOwn(values, name) ? values[name] : undefined), isByDefault: () => false }
}

export function request(given: Partial<PolicyRequest> = {}): PolicyRequest {
  const asked = { principal: USER, hasBoundary: false, action: 'kms:Decrypt', resource: KEY_ARN }
  return { ...asked, conditions: conditions({}), ...given }
}

export function compiled(document: unknown, kind: PolicyKind = 'identity', bindings?: Bindings): CompiledPolicy {
  const { policy, fault } = parsePolicy(JSON.stringify(document), kind)
  assert.equal(fault, undefined, JSON.stringify(fault))
  assert.ok(policy)
  return compilePolicy(policy, kind, bindings)
}

/** An identity policy that allows everything, but for what `statement` says. */
export function policy(statement: object, version = '2012-10-17'): object {
  return { Version: version, Statement: { Effect: 'Allow', Action: '*', Resource: '*', ...statement } }
}

/** Whether a policy of one statement applies. */
export function applies(statement: object, given: Partial<PolicyRequest> = {}, version?: string): boolean {
  const { allow, deny } = compiled(policy(statement, version)).evaluate(request(given))
  return allow.principal !== undefined || deny !== undefined
}

/** Whether a statement with one operator, key and list of wanted values applies to one list of found values. */
export function holds(
  operator: string,
  wanted: unknown,
  found: readonly string[] | undefined,
  effect: 'Allow' | 'Deny' = 'Allow',
): boolean {
  const statement = { Effect: effect, Condition: { [operator]: { 'kms:ViaService': wanted } } }
  return applies(statement, { conditions: conditions(found === undefined ? {} : { 'kms:viaservice': found }) })
}

/** The smallest statement of each kind of document. */
export const STATEMENTS = {
  identity: { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' },
  key: { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*', Principal: { AWS: ACCOUNT } },
  trust: { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' },
} as const

/** A document whose one statement is the smallest of its kind, changed. */
export function changed(kind: PolicyKind, change: object): object {
  return { Version: '2012-10-17', Statement: [{ ...STATEMENTS[kind], ...change }] }
}

/** What is wrong with a document, given as text or as what its text says. */
export function fault(document: unknown, kind: PolicyKind): PolicyFault | undefined {
  return parsePolicy(typeof document === 'string' ? document : JSON.stringify(document), kind).fault
}
