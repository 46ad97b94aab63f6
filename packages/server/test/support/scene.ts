import type { Caller } from '../../src/identity/accounts/caller.ts'
import { addUser, ALLOW_KMS, policyOf } from './identities.ts'
import { TestService } from './service.ts'

/** A statement that allows, for identity policies. */
export function allow(Action: string | string[], Condition?: object, Resource: string | string[] = '*'): object {
  return { Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) }
}

/** A service that enforces policies, with an administrator and a key of theirs. */
export interface Scene extends AsyncDisposable {
  service: TestService
  admin: Caller
  keyId: string
  arn: string
}

export async function scene(policy?: object[]): Promise<Scene> {
  const service = await TestService.open('on')
  const admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
  const key = await service.createKey(policy ? { Policy: policyOf(...policy) } : {}, admin)
  return { service, admin, ...key, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() }
}
