/** Every kind of reference to a user × what becomes of the user: what is read, what putting it back does, and who gets in. */
import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import { readablePolicy } from '../../src/identity/directory/present-names.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { userPrincipal } from '../../src/identity/accounts/principals.ts'
import type { Services } from '../../src/execution/services.ts'
import { policyOf } from '../support/identities.ts'
import { ACCOUNT, REGION, rootOf, TestService } from '../support/service.ts'
import { trust } from '../support/sessions.ts'

const arnOf = (pathAndName: string): string => `arn:aws:iam::${ACCOUNT}:user/${pathAndName}`
const ANN = arnOf('ann')
const ROOT = rootOf(ACCOUNT)
const READ = { Action: 'kms:GetKeyPolicy', Resource: '*' }
const DELEGATE = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }

/** Something that names users, and is shown. */
interface Reference {
  kind: string
  put(service: TestService, arn: string): Promise<string>
  /** How the user is named. */
  read(service: TestService, id: string): Promise<unknown>
  /** Puts what was read. Rejects as the service refuses it. */
  putBack(service: TestService, id: string, name: string): Promise<unknown>
  /** A request that the user may make because of it. */
  use(service: TestService, id: string, caller: Caller): Promise<unknown>
}

/** Statements with a name in them, and where it is. */
function keyPolicy(
  kind: string,
  operation: 'DescribeKey' | 'GetKeyPolicy',
  { statement, nameIn }: { statement(name: string): object; nameIn(found: never): unknown },
): Reference {
  const policy = (name: string): string => policyOf(DELEGATE, statement(name))
  return {
    kind,
    put: async (service, arn) => (await service.createKey({ Policy: policy(arn) }, ROOT)).arn,
    async read(service, KeyId) {
      const { Policy } = await service.ok<{ Policy: string }>('GetKeyPolicy', { KeyId }, ROOT)
      return nameIn((JSON.parse(Policy) as { Statement: never[] }).Statement[1]!)
    },
    putBack: (service, KeyId, name) => service.ok('PutKeyPolicy', { KeyId, Policy: policy(name) }, ROOT),
    use: (service, KeyId, caller) => service.ok(operation, { KeyId }, caller),
  }
}

function grant(member: 'GranteePrincipal' | 'RetiringPrincipal', use: Reference['use']): Reference {
  const wanted = (name: string): object => ({
    GranteePrincipal: ACCOUNT,
    Operations: ['DescribeKey'],
    [member]: name,
  })
  return {
    kind: `${member} of a grant`,
    async put(service, arn) {
      const { arn: KeyId } = await service.createKey({}, ROOT)
      await service.ok('CreateGrant', { KeyId, ...wanted(arn) }, ROOT)
      return KeyId
    },
    async read(service, KeyId) {
      const { Grants } = await service.ok<{ Grants: Record<string, string>[] }>('ListGrants', { KeyId }, ROOT)
      return Grants[0]?.[member]
    },
    putBack: (service, KeyId, name) => service.ok('CreateGrant', { KeyId, ...wanted(name) }, ROOT),
    use,
  }
}

const REFERENCES: readonly Reference[] = [
  keyPolicy('Principal of a key policy', 'DescribeKey', {
    statement: (AWS) => ({ Effect: 'Allow', Principal: { AWS }, Action: 'kms:DescribeKey', Resource: '*' }),
    nameIn: (found: { Principal: { AWS: string } }) => found.Principal.AWS,
  }),
  // Policies of all users let them ask (allowReading), so that this denial decides.
  keyPolicy('NotPrincipal of a key policy', 'GetKeyPolicy', {
    statement: (name) => ({ Effect: 'Deny', NotPrincipal: { AWS: [ACCOUNT, name] }, ...READ }),
    nameIn: (found: { NotPrincipal: { AWS: string[] } }) => found.NotPrincipal.AWS[1],
  }),
  {
    kind: 'Principal of a trust policy',
    async put(service, arn) {
      await service.iam('CreateRole', { RoleName: 'app', AssumeRolePolicyDocument: trust({ AWS: arn }) })
      return 'app'
    },
    async read(service, RoleName) {
      type Role = { RoleName: string; AssumeRolePolicyDocument: string }
      const { Role } = await service.iam<{ Role: Role }>('GetRole', { RoleName })
      const { Roles } = await service.iam<{ Roles: Role | Role[] }>('ListRoles', {})
      const [named, listed] = [Role, [Roles].flat().find((role) => role.RoleName === RoleName)].map((role) => {
        const document = JSON.parse(decodeURIComponent(role?.AssumeRolePolicyDocument ?? '')) as never
        return (document as { Statement: { Principal: { AWS: string } }[] }).Statement[0]?.Principal.AWS
      })
      assert.equal(listed, named)
      return named
    },
    putBack: (service, RoleName, AWS) =>
      service.iam('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: trust({ AWS }) }),
    use: (service, RoleName, caller) =>
      service.sts(
        'AssumeRole',
        { RoleArn: `arn:aws:iam::${ACCOUNT}:role/${RoleName}`, RoleSessionName: 'night' },
        caller,
      ),
  },
  grant('GranteePrincipal', (service, KeyId, caller) => service.ok('DescribeKey', { KeyId }, caller)),
  grant('RetiringPrincipal', async (service, KeyId, caller) => {
    const { Grants } = await service.ok<{ Grants: { GrantId: string }[] }>('ListGrants', { KeyId }, ROOT)
    // In the trial's words, so that the grant is there for the next to ask.
    const retire = { KeyId, GrantId: Grants[0]?.GrantId, DryRun: true }
    assert.match(await service.fault('RetireGrant', retire, caller), /^DryRunOperationException/)
  }),
]

/** What becomes of the user, and how it is named then. */
interface Event {
  what: string
  happen(service: TestService): Promise<unknown>
  /** Where it is not deleted. */
  present?: string
  /** Enough of them for both ways of making a reference. */
  everywhere?: true
}

const rename = (service: TestService, UserName: string, to: object): Promise<unknown> =>
  service.iam('UpdateUser', { UserName, ...to })

const EVENTS: readonly Event[] = [
  { what: 'is as before', happen: async () => {}, present: ANN },
  {
    what: 'is renamed',
    happen: (service) => rename(service, 'ann', { NewUserName: 'anna' }),
    present: arnOf('anna'),
    everywhere: true,
  },
  { what: 'gets a path', happen: (service) => rename(service, 'ann', { NewPath: '/a/' }), present: arnOf('a/ann') },
  {
    what: 'is renamed, and another takes the name',
    async happen(service) {
      await rename(service, 'ann', { NewUserName: 'anna' })
      await service.user('ann')
    },
    present: arnOf('anna'),
    everywhere: true,
  },
  {
    what: 'is renamed, and another is renamed to the name',
    async happen(service) {
      await rename(service, 'ann', { NewUserName: 'anna', NewPath: '/a/b/' })
      await service.user('other', '/o/')
      await rename(service, 'other', { NewUserName: 'ann', NewPath: '/' })
    },
    present: arnOf('a/b/anna'),
  },
  { what: 'is deleted', happen: (service) => service.iam('DeleteUser', { UserName: 'ann' }) },
  {
    what: 'is deleted, and another takes the name',
    async happen(service) {
      await service.iam('DeleteUser', { UserName: 'ann' })
      await service.user('ann')
    },
    everywhere: true,
  },
]

/** The user of this id or ARN as a caller of now; `undefined` where there is none. */
async function callerNow(service: TestService, id: string): Promise<Caller | undefined> {
  await service.services.directory.catchUp()
  const user = (await service.services.directory.principal(id))?.value
  return user?.type === 'IAMUser'
    ? { ...userPrincipal(user), accessKeyId: `AKIA${user.userName}`, region: REGION, service: 'kms' }
    : undefined
}

async function idOfName(service: TestService, UserName: string): Promise<string | undefined> {
  const found = await service.query('iam', 'GetUser', { UserName })
  return found.status === 200 ? (found.body as { User: { UserId: string } }).User.UserId : undefined
}

async function allowReading(service: TestService): Promise<void> {
  type Listed = { UserName: string }
  const { Users } = await service.iam<{ Users: '' | Listed | Listed[] }>('ListUsers', {})
  const PolicyDocument = policyOf({ Effect: 'Allow', ...READ })
  for (const { UserName } of [Users || []].flat()) {
    await service.iam('PutUserPolicy', { UserName, PolicyName: 'read', PolicyDocument })
  }
}

for (const made of ['on', 'off'] satisfies Services['enforcement'][]) {
  const where = made === 'on' ? 'where policies are enforced' : 'where policies are enforced only later'
  describe(`${where}, a user`, () => {
    for (const { what, happen, present } of EVENTS.filter(({ everywhere }) => made === 'on' || everywhere)) {
      test(`who ${what} is shown under the present name, keeps all permissions, and no other principal gets them`, async () => {
        await using service = await TestService.open(made)
        const first = (await service.user('ann')).principal.principalId
        const put: [Reference, string][] = []
        for (const reference of REFERENCES) put.push([reference, await reference.put(service, ANN)])
        await happen(service)
        await allowReading(service)
        const successor = await idOfName(service, 'ann')
        for (const [reference, id] of put) {
          const shown = await reference.read(service, id)
          assert.equal(shown, present ?? first, reference.kind)
          for (const state of ['as it was put', 'put back as it was read']) {
            const say = `${reference.kind}, ${state}`
            service.services.enforcement = 'on'
            const [own, other] = [await callerNow(service, first), await callerNow(service, successor ?? '')]
            if (present !== undefined) await reference.use(service, id, own!)
            else assert.equal(own, undefined)
            if (other !== undefined && successor !== first) await assert.rejects(reference.use(service, id, other), say)
            service.services.enforcement = made
            const again = reference.putBack(service, id, shown)
            // What names the id of who is gone is refused, where policies are looked at.
            if (present === undefined && made === 'on') await assert.rejects(again, say)
            else await again
            assert.equal(await reference.read(service, id), shown, say)
          }
        }
      })
    }
  })
}

test('what is read while a user is renamed shows the user by name', async () => {
  await using service = await TestService.open('on')
  const { principalId } = (await service.user('ann')).principal
  const { directory } = service.services
  const policy = { text: policyOf({ Principal: { AWS: ANN } }), bindings: { [ANN]: principalId } }
  // Between the two rows that say a name, another request renames the user.
  const principal = mock.method(directory, 'principal', async (id: string) => {
    principal.mock.restore()
    const found = await directory.principal(id)
    await rename(service, 'ann', { NewUserName: 'anna' })
    await directory.catchUp()
    return found
  })
  assert.equal(await readablePolicy(policy, directory), policyOf({ Principal: { AWS: arnOf('anna') } }))
})
