/** Accounts with principals of every type, for random situations. */
import type { Caller, Session } from '../../../../../src/identity/accounts/caller.ts'
import { rolePrincipal, userPrincipal } from '../../../../../src/identity/accounts/principals.ts'
import { addService, addUser, rootOf } from '../../../../support/identities.ts'
import { type Temporary, trust, whoSigns } from '../../../../support/sessions.ts'
import { ACCOUNT, OTHER_ACCOUNT, REGION, TestService } from '../../../../support/service.ts'
import { type Dice } from './dice.ts'
import { ADMINISTRATOR, identityPolicy, ISSUER, SERVICE } from './documents.ts'

/** Their names. */
const ADMIN: Readonly<Record<string, string>> = { [ACCOUNT]: ADMINISTRATOR, [OTHER_ACCOUNT]: 'partner' }
const EVERYTHING = { Effect: 'Allow', Action: '*', Resource: '*' }

/** A user or role, whatever its current name. */
export interface Entity {
  kind: 'user' | 'role'
  id: string
  accountId: string
}

/** A caller, and whether `access can-i` can name exactly this caller. */
export interface Asking {
  caller: Caller
  plain?: string
}

export class World implements AsyncDisposable {
  readonly service: TestService
  /** By account: the caller with all permissions of the account. */
  readonly admins: ReadonlyMap<string, Caller>
  readonly backup: Caller
  readonly provider: string
  entities: Entity[] = []
  #boundaries = 0
  #renamed = 0
  #foreign: string | undefined

  private constructor(service: TestService, admins: Map<string, Caller>, backup: Caller, provider: string) {
    this.service = service
    this.admins = admins
    this.backup = backup
    this.provider = provider
  }

  static async open(): Promise<World> {
    const service = await TestService.open('on')
    const admins = new Map<string, Caller>()
    for (const accountId of [ACCOUNT, OTHER_ACCOUNT]) {
      admins.set(accountId, await addUser(service, ADMIN[accountId] ?? '', { accountId, inline: { EVERYTHING } }))
    }
    const backup = await addService(service, SERVICE)
    const { OpenIDConnectProviderArn: provider = '' } = await service.iam(
      'CreateOpenIDConnectProvider',
      { Url: `https://${ISSUER}`, ClientIDList: ['pods'] },
      admins.get(ACCOUNT),
    )
    const world = new World(service, admins, backup, provider)
    for (const name of ['ann', 'ben']) await world.makeUser(name)
    await world.makeUser('eve', OTHER_ACCOUNT)
    await world.makeRole('app')
    await world.makeRole('elsewhere', OTHER_ACCOUNT)
    return world
  }

  adminOf(accountId: string): Caller {
    const admin = this.admins.get(accountId)
    if (admin === undefined) throw new Error(`no account ${accountId}`)
    return admin
  }

  async makeUser(UserName: string, accountId = ACCOUNT): Promise<Entity> {
    const Tags = [{ Key: 'team', Value: UserName === 'ben' ? 'red' : 'blue' }]
    const { User } = await this.service.iam<{ User: { UserId: string } }>(
      'CreateUser',
      { UserName, Tags },
      this.adminOf(accountId),
    )
    return this.#added({ kind: 'user', id: User.UserId, accountId })
  }

  async makeRole(RoleName: string, accountId = ACCOUNT): Promise<Entity> {
    const actions = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']
    const byToken = { Federated: this.provider }
    const own = JSON.parse(trust({ AWS: accountId }, actions)) as { Statement: object[] }
    const federated = JSON.parse(
      trust(byToken, [...actions.slice(1), 'sts:AssumeRoleWithWebIdentity'], {
        StringEquals: { [`${ISSUER}:sub`]: 'subject' },
      }),
    ) as { Statement: object[] }
    const Statement = [...own.Statement, ...(accountId === ACCOUNT ? federated.Statement : [])]
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    const Tags = [{ Key: 'team', Value: 'red' }]
    const { Role } = await this.service.iam<{ Role: { RoleId: string } }>(
      'CreateRole',
      { RoleName, AssumeRolePolicyDocument, Tags },
      this.adminOf(accountId),
    )
    return this.#added({ kind: 'role', id: Role.RoleId, accountId })
  }

  #added(entity: Entity): Entity {
    this.entities = [...this.entities.filter(({ id }) => id !== entity.id), entity]
    return entity
  }

  /** Returns the current name. */
  async nameOf({ id }: Entity): Promise<string> {
    await this.service.services.directory.catchUp()
    const record = (await this.service.services.directory.principal(id))?.value
    if (record?.type === 'IAMUser') return record.userName
    if (record?.type === 'Role') return record.roleName
    throw new Error(`${id} is gone`)
  }

  async arnOf(entity: Entity): Promise<string> {
    const { principal } = await this.#plain(entity)
    return principal.role?.arn ?? principal.arn
  }

  /** Returns grant tokens that the requests of this world cannot use; created once. */
  async tokensOfAnotherKey(make: () => Promise<string>): Promise<readonly string[]> {
    this.#foreign ??= await make()
    return [this.#foreign]
  }

  /** Creates a managed policy to be used as a boundary. */
  async boundary(dice: Dice, accountId: string): Promise<string> {
    const input = { PolicyName: `boundary-${(this.#boundaries += 1)}`, PolicyDocument: identityPolicy(dice) }
    const { Policy } = await this.service.iam<{ Policy: { Arn: string } }>(
      'CreatePolicy',
      input,
      this.adminOf(accountId),
    )
    return Policy.Arn
  }

  async rename(entity: Entity, NewPath: string): Promise<void> {
    const UserName = await this.nameOf(entity)
    const NewUserName = `ann${(this.#renamed += 1)}`
    await this.service.iam('UpdateUser', { UserName, NewUserName, NewPath }, this.adminOf(entity.accountId))
  }

  /** Deletes a user or role, and creates another one with its name and without its permissions. */
  async replace(entity: Entity): Promise<void> {
    const { service } = this
    const admin = this.adminOf(entity.accountId)
    const name = await this.nameOf(entity)
    const [title, member] = entity.kind === 'user' ? ['User', { UserName: name }] : ['Role', { RoleName: name }]
    for (const PolicyName of ['one', 'two']) {
      // Not every entity has both.
      await service.query('iam', `Delete${title}Policy` as 'DeleteUserPolicy', { ...member, PolicyName }, admin)
    }
    await service.iam(`Delete${title}` as 'DeleteUser', member, admin)
    this.entities = this.entities.filter(({ id }) => id !== entity.id)
    await (entity.kind === 'user' ? this.makeUser(name, entity.accountId) : this.makeRole(name, entity.accountId))
  }

  /** As GetKeyPolicy returns it. */
  async keyPolicyOf(KeyId: string): Promise<string> {
    return (await this.service.ok('GetKeyPolicy', { KeyId }, this.adminOf(ACCOUNT))).Policy ?? ''
  }

  /** The ARNs of all users and roles. */
  names(): Promise<string[]> {
    return Promise.all(this.entities.map((entity) => this.arnOf(entity)))
  }

  /** The principals that key policies can name. */
  async named(): Promise<(object | string)[]> {
    const roots = [ACCOUNT, OTHER_ACCOUNT].map((account) => `arn:aws:iam::${account}:root`)
    const ours = [...(await this.names()), ...roots].map((AWS) => ({ AWS }))
    return [...ours, '*', { AWS: '*' }, { Service: SERVICE }]
  }

  async #plain({ id }: Entity): Promise<Caller> {
    await this.service.services.directory.catchUp()
    const record = (await this.service.services.directory.principal(id))?.value
    const usual = { accessKeyId: 'AKIATEST', region: REGION, service: 'kms' }
    if (record?.type === 'IAMUser') return { ...userPrincipal(record), ...usual }
    if (record?.type !== 'Role') throw new Error(`${id} is gone`)
    const session = { issuedMs: this.service.clock.now(), expiresMs: Infinity, tags: [], transitiveTagKeys: [] }
    return { ...rolePrincipal(record, 'any-session'), ...usual, session }
  }

  /** A caller for an entity: itself, with a session, or through a service. */
  async asking(dice: Dice, entity: Entity): Promise<Asking> {
    const caller = await this.#plain(entity)
    const plain = entity.kind === 'user' ? caller.principal.arn : (caller.principal.role?.arn ?? '')
    if (dice.once(12)) return { caller: rootOf(entity.accountId), plain: `arn:aws:iam::${entity.accountId}:root` }
    if (dice.once(12)) return { caller: this.backup, plain: SERVICE }
    if (dice.once(2)) return { caller, plain }
    if (entity.kind === 'role' && entity.accountId === ACCOUNT && dice.once(2))
      return { caller: await this.#byToken(dice, entity) }
    return { caller: { ...caller, session: sessionOf(dice, caller.session, this.service.clock.now()) } }
  }

  /** With a token of the issuer, whose tags and source identity become the session's. */
  async #byToken(dice: Dice, role: Entity): Promise<Caller> {
    const tags = dice.once(3) ? [] : [{ TagKey: 'team', TagValue: dice.of(['blue', 'red']) }]
    const webIdentity = {
      issuer: `https://${ISSUER}`,
      provider: this.provider,
      subject: 'subject',
      audience: 'pods',
      claims: { [`${ISSUER}:sub`]: ['subject'] },
      tags,
      transitiveTagKeys: [],
      ...(dice.once(2) && { sourceIdentity: 'ann' }),
    }
    const principalId = `${ISSUER}:subject`
    const principal = { type: 'WebIdentity', arn: this.provider, accountId: ACCOUNT, principalId } as const
    const caller: Caller = { principal, accessKeyId: '', region: REGION, service: 'sts', webIdentity }
    const input = { RoleArn: await this.arnOf(role), RoleSessionName: 'pod', WebIdentityToken: 'a.b.c' }
    const { Credentials } = await this.service.sts<{ Credentials: Temporary }>(
      'AssumeRoleWithWebIdentity',
      input,
      caller,
    )
    return whoSigns(this.service, Credentials)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.service[Symbol.asyncDispose]()
  }
}

/** Properties of temporary credentials: a role's session has more of them than a user's. */
function sessionOf(dice: Dice, role: Session | undefined, nowMs: number): Session {
  const usual: Session = { issuedMs: nowMs, expiresMs: Infinity, tags: [], transitiveTagKeys: [] }
  if (dice.once(2)) return { ...usual, via: { service: SERVICE, forwarded: true } }
  if (role === undefined) return usual
  return {
    ...usual,
    ...(dice.once(2) && { tags: [{ TagKey: 'team', TagValue: dice.of(['blue', 'red']) }] }),
    ...(dice.once(2) && { sourceIdentity: 'ann' }),
  }
}
