import { principalTable, type RoleRecord } from '../../../src/vault/records/principal.ts'
import { addEntity } from '../../support/identities.ts'
import { ACCOUNT, type TestService } from '../../support/service.ts'

export const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess'
export const READ_ONLY = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess'

/** The ARN of something in the tests' account: `user/ann`. */
export function arnOf(resource: string): string {
  return `arn:aws:iam::${ACCOUNT}:${resource}`
}

/** A document of these statements. */
export function document(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

export function allow(Action: string | string[], Resource: string | string[] = '*', Condition?: object): object {
  return { Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) }
}

/** A document whose size, white space not counted, is exactly this. */
export function documentOfSize(characters: number): string {
  const padded = (length: number): string =>
    JSON.stringify(
      { Version: '2012-10-17', Statement: { Sid: 'x'.repeat(length), ...allow('kms:Encrypt') } },
      undefined,
      2,
    )
  const base = padded(0).replaceAll(/\s/g, '').length
  return padded(characters - base)
}

/** A list in an answer; the reader of XML takes an empty one for text. */
export function listOf<T = Record<string, string>>(list: unknown): T[] {
  return list === '' || list === undefined ? [] : (list as T[])
}

/** A role, as CreateRole makes it. */
export async function addRole(service: TestService, roleName: string, path = '/'): Promise<string> {
  const { clock } = service.services
  const record: RoleRecord = {
    type: 'Role',
    principalId: `AROA${roleName.toUpperCase().padEnd(16, '7')}`,
    accountId: ACCOUNT,
    roleName,
    path,
    createdMs: clock.now(),
    inline: {},
    attached: [],
    tags: [],
    trust: { text: '{}' },
    description: '',
    maxSessionSeconds: 3600,
  }
  await addEntity(service, { kind: 'role', entityId: record.principalId, name: roleName }, principalTable, record)
  return record.principalId
}

/** A managed policy that allows `action`, by its ARN. */
export async function addPolicy(service: TestService, PolicyName: string, action = 'kms:ListKeys'): Promise<string> {
  const input = { PolicyName, PolicyDocument: document(allow(action)) }
  const { Policy } = await service.iam<{ Policy: { Arn: string } }>('CreatePolicy', input)
  return Policy.Arn
}
