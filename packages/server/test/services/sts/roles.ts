import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { ACCOUNT, TestService } from '../../support/service.ts'
import { policyOf, type Temporary, trust, whoSigns } from '../../support/sessions.ts'

/** What AssumeRole answers. */
export interface Assumed {
  Credentials: Temporary
  AssumedRoleUser: { AssumedRoleId: string; Arn: string }
  PackedPolicySize?: string
  SourceIdentity?: string
}

export const ROLE = `arn:aws:iam::${ACCOUNT}:role/ops/deployer`
/** What every test asks for, beside what it is about. */
export const WANTED = { RoleArn: ROLE, RoleSessionName: 'build-7' }

/** A user named `ann`, for which the trust policy of the role allows what a test says. */
export async function withRole(
  actions: string | readonly string[] = 'sts:AssumeRole',
  condition?: object,
): Promise<{ service: TestService; ann: Caller }> {
  const service = await TestService.open('on')
  const ann = await service.user('ann')
  await createRole(service, 'deployer', trust({ AWS: ann.principal.arn }, actions, condition), { Path: '/ops/' })
  return { service, ann }
}

export async function createRole(
  service: TestService,
  RoleName: string,
  AssumeRolePolicyDocument: string,
  more: object = {},
): Promise<void> {
  await service.iam('CreateRole', { RoleName, AssumeRolePolicyDocument, ...more })
}

/** Gives a role its one policy. */
export function allow(
  service: TestService,
  RoleName: string,
  action: string | readonly string[],
  condition?: object,
): Promise<object> {
  return service.iam('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument: policyOf(action, condition) })
}

/** Assumes the role, and signs with what that gives. */
export async function assume(
  service: TestService,
  input: object,
  caller: Caller,
): Promise<{ caller: Caller; answer: Assumed }> {
  const answer = await service.sts<Assumed>('AssumeRole', { ...WANTED, ...input }, caller)
  return { answer, caller: await whoSigns(service, answer.Credentials) }
}

/** How a denial of an action on a role is worded. */
export function denied(caller: Caller, action = 'sts:AssumeRole', resource = ROLE): string {
  return `AccessDenied: User: ${caller.principal.arn} is not authorized to perform: ${action} on resource: ${resource}`
}
