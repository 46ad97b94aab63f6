import { type Arn, formatArn } from '@keyhold/protocol'
import type { PrincipalRecord } from '../../vault/records/principal.ts'
import type { EntityKind } from '../../vault/records/entity-name.ts'

/** What names a user, group, role, policy or instance profile of an account, beside its kind. */
interface EntityPlace {
  accountId: string
  path: string
  name: string
}

/** What names a session of a role. */
interface RoleSession {
  accountId: string
  roleName: string
  sessionName: string
}

/** What names a session that GetFederationToken created. */
export interface FederatedUser {
  accountId: string
  name: string
}

/** What names an OpenID Connect provider: its account, and its issuer without `https://`. */
interface Provider {
  accountId: string
  provider: string
}

/** `arn:aws:iam::<account>:user/division/ann`; `path` is `/` or begins and ends with `/`. */
export function entityArn(kind: EntityKind, { accountId, path, name }: EntityPlace): string {
  return iamArn(accountId, `${kind}${path}${name}`)
}

/** Returns the content of the ARN of an entity of this kind, or `undefined` for any other ARN. */
export function nameInArn(kind: EntityKind, arn: Arn | undefined): EntityPlace | undefined {
  if (arn?.partition !== 'aws' || arn.service !== 'iam' || arn.region !== '') return undefined
  if (!arn.resource.startsWith(`${kind}/`)) return undefined
  const path = arn.resource.slice(kind.length, arn.resource.lastIndexOf('/') + 1)
  return { accountId: arn.account, path, name: arn.resource.slice(kind.length + path.length) }
}

/** The ARN of a user or role, as policies name it; the name of a service. */
export function principalArn(record: PrincipalRecord): string {
  if (record.type === 'Service') return record.principalId
  return record.type === 'IAMUser'
    ? entityArn('user', { ...record, name: record.userName })
    : entityArn('role', { ...record, name: record.roleName })
}

/** The ARN of an account's root. */
export function rootArn(accountId: string): string {
  return iamArn(accountId, 'root')
}

/** The ARN of a role session: without the role's path, as on AWS. */
export function assumedRoleArn({ accountId, roleName, sessionName }: RoleSession): string {
  const resource = `assumed-role/${roleName}/${sessionName}`
  return formatArn({ partition: 'aws', service: 'sts', region: '', account: accountId, resource })
}

/** The ARN of a session that GetFederationToken created. */
export function federatedUserArn({ accountId, name }: FederatedUser): string {
  return formatArn({
    partition: 'aws',
    service: 'sts',
    region: '',
    account: accountId,
    resource: `federated-user/${name}`,
  })
}

/** Returns the content of such an ARN, or `undefined` for any other ARN. */
export function federatedUserInArn(arn: Arn | undefined): FederatedUser | undefined {
  if (arn?.partition !== 'aws' || arn.service !== 'sts' || arn.region !== '') return undefined
  const [, name] = /^federated-user\/([^/]+)$/.exec(arn.resource) ?? []
  return name === undefined ? undefined : { accountId: arn.account, name }
}

/** Returns the content of the ARN of a role session, or `undefined` for any other ARN. */
export function sessionInArn(arn: Arn | undefined): RoleSession | undefined {
  if (arn?.partition !== 'aws' || arn.service !== 'sts' || arn.region !== '') return undefined
  const [, roleName, sessionName] = /^assumed-role\/([^/]+)\/([^/]+)$/.exec(arn.resource) ?? []
  return roleName !== undefined && sessionName !== undefined
    ? { accountId: arn.account, roleName, sessionName }
    : undefined
}

/** The ARN of an account's OpenID Connect provider. */
export function oidcProviderArn({ accountId, provider }: Provider): string {
  return iamArn(accountId, `oidc-provider/${provider}`)
}

/** Returns the content of such an ARN, or `undefined` for any other ARN. */
export function providerInArn(arn: Arn | undefined): Provider | undefined {
  if (arn?.partition !== 'aws' || arn.service !== 'iam' || arn.region !== '') return undefined
  const [, provider] = /^oidc-provider\/(.+)$/.exec(arn.resource) ?? []
  return provider === undefined ? undefined : { accountId: arn.account, provider }
}

function iamArn(account: string, resource: string): string {
  return formatArn({ partition: 'aws', service: 'iam', region: '', account, resource })
}
