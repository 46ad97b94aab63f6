/**
 * What every operation of IAM says to a caller who may do nothing, and of what is not there: in the words that public
 * reports quote of AWS, and the same whether the resource exists, is deleted or is another account's.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IamOperationName } from '@keyhold/protocol'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { OPERATIONS } from '../../../src/services/registry.ts'
import { addUser } from '../../support/identities.ts'
import { ACCOUNT, OTHER_ACCOUNT } from '../../support/service.ts'
import { deletedThings, makeThings, queryBase, type Things } from '../../execution/substitution/query-inputs.ts'
import { SubstitutionWorld } from '../../execution/substitution/world.ts'

type Input = Record<string, string>

let world: SubstitutionWorld
let stranger: Caller
let present: Things
/** A right request for each operation, about the things that are there. */
const inputs = new Map<IamOperationName, Input>()
let absent: Record<'deleted' | "another account's", Things>
before(async () => {
  world = await SubstitutionWorld.open()
  stranger = await addUser(world.service, 'stranger')
  present = await makeThings(world, world.admin)
  absent = {
    deleted: await deletedThings(world, world.admin),
    "another account's": await makeThings(world, world.partner),
  }
  for (const name of OPERATIONS.of('iam').keys() as Iterable<IamOperationName>) {
    inputs.set(name, (await queryBase({ service: 'iam', name }, world, present, world.admin)) as Input)
  }
})
after(() => world[Symbol.asyncDispose]())

const arnOf = (resource: string): string => `arn:aws:iam::${ACCOUNT}:${resource}`

/** Operations whose resource is not the one that their input names by kind and name. */
const NAMED: Readonly<Record<string, (input: Input) => string>> = {
  CreateUser: ({ UserName }) => arnOf(`user/${UserName}`),
  CreateRole: ({ RoleName }) => arnOf(`role/${RoleName}`),
  CreateGroup: ({ GroupName }) => arnOf(`group/${GroupName}`),
  CreateInstanceProfile: ({ InstanceProfileName }) => arnOf(`instance-profile/${InstanceProfileName}`),
  CreateServiceLinkedRole: ({ AWSServiceName }) => arnOf(`role/aws-service-role/${AWSServiceName}/*`),
  CreatePolicy: ({ PolicyName }) => `policy ${PolicyName}`,
  CreateOpenIDConnectProvider: ({ Url = '' }) => arnOf(`oidc-provider/${Url.replace('https://', '')}`),
  ListUsers: () => arnOf('user/'),
  ListRoles: () => arnOf('role/'),
  ListGroups: () => arnOf('group/'),
  ListInstanceProfiles: () => arnOf('instance-profile/'),
  ListVirtualMFADevices: () => arnOf('mfa/'),
  ListPolicies: () => 'policy path /',
  ListOpenIDConnectProviders: () => arnOf('oidc-provider/*'),
  GetAccessKeyLastUsed: ({ AccessKeyId }) => `access key ${AccessKeyId}`,
}

/**
 * The ARN of a provider or of the owner of policies, else the first of these that the input has: `instance profile p`,
 * `group g`, `role r`, `user u`, `policy arn:…`; else `*`.
 */
function namedByKind(input: Input): string {
  const { InstanceProfileName, GroupName, RoleName, UserName, PolicyArn } = input
  const { OpenIDConnectProviderArn: arn = input['PolicySourceArn'] } = input
  if (arn !== undefined) return arn
  if (InstanceProfileName !== undefined) return `instance profile ${InstanceProfileName}`
  if (GroupName !== undefined) return `group ${GroupName}`
  if (RoleName !== undefined) return `role ${RoleName}`
  if (UserName !== undefined) return `user ${UserName}`
  return PolicyArn === undefined ? '*' : `policy ${PolicyArn}`
}

/** The same request about other things. */
function about(things: Things, input: Input): Input {
  const members = Object.entries(input).filter(([member, value]) => present[member as keyof Things] === value)
  return { ...input, ...Object.fromEntries(members.map(([member]) => [member, things[member as keyof Things]])) }
}

const ask = async (name: IamOperationName, input: Input, caller: Caller): Promise<string> => {
  const { status, body } = await world.service.query('iam', name, input, caller)
  return status === 200 ? 'succeeds' : `${String(body['Code'])}: ${String(body['Message'])}`
}

test('every operation names what is denied as AWS does, whether it is there or not', async () => {
  for (const [name, input] of inputs) {
    for (const asked of [input, ...Object.values(absent).map((things) => about(things, input))]) {
      const resource = NAMED[name]?.(asked) ?? namedByKind(asked)
      assert.equal(
        await ask(name, asked, stranger),
        `AccessDenied: User: ${stranger.principal.arn} is not authorized to perform: iam:${name} on resource: ${resource} ` +
          `because no identity-based policy allows the iam:${name} action`,
        name,
      )
    }
  }
})

/** What is said of something that is not there, by the member that names it. */
const NOT_FOUND: Readonly<Record<string, (value: string) => string>> = {
  UserName: (name) => `The user with name ${name} cannot be found.`,
  RoleName: (name) => `The role with name ${name} cannot be found.`,
  InstanceProfileName: (name) => `Instance Profile ${name} cannot be found.`,
  GroupName: (name) => `The group with name ${name} cannot be found.`,
  AccessKeyId: (id) => `The Access Key with id ${id} cannot be found.`,
  OpenIDConnectProviderArn: (arn) => `OpenIDConnect Provider not found for arn ${arn}`,
  PolicyArn: (arn) => `Policy ${arn} was not found.`,
  PermissionsBoundary: (arn) => `Scope ARN: ${arn} does not exist or is not attachable.`,
}

/** The operation and member whose sentence is another. */
const OTHERWISE: Readonly<Record<string, (value: string) => string>> = {
  'AttachUserPolicy PolicyArn': (arn) => `Policy ${arn} does not exist or is not attachable.`,
  'AttachRolePolicy PolicyArn': (arn) => `Policy ${arn} does not exist or is not attachable.`,
  'AttachGroupPolicy PolicyArn': (arn) => `Policy ${arn} does not exist or is not attachable.`,
}

test('every operation says of what is not in the account that it is not found, by name', async () => {
  let asked = 0
  for (const [name, input] of inputs) {
    for (const [member, sentence] of Object.entries(NOT_FOUND)) {
      if (input[member] === undefined || input[member] !== present[member as keyof Things]) continue
      for (const [whose, things] of Object.entries(absent)) {
        const value = things[member as keyof Things]
        const said = await ask(name, { ...input, [member]: value }, world.admin)
        // "It does not fail or return an error if you call the operation for a provider that does not exist."
        const isIdempotent = name === 'DeleteOpenIDConnectProvider' && whose === 'deleted'
        const expected = isIdempotent
          ? 'succeeds'
          : `NoSuchEntity: ${(OTHERWISE[`${name} ${member}`] ?? sentence)(value)}`
        assert.equal(said, expected, `${name} ${member} ${whose}`)
        asked += 1
      }
    }
  }
  assert.ok(asked > 100, String(asked))
})

test('a policy of another account that a caller may not ask for is denied, and not told from one that is not there', async () => {
  const elsewhere = absent["another account's"].PolicyArn
  assert.equal(elsewhere.split(':')[4], OTHER_ACCOUNT)
  for (const PolicyArn of [elsewhere, `${elsewhere}-none`, present.PolicyArn]) {
    assert.match(
      await ask('GetPolicy', { PolicyArn }, stranger),
      new RegExp(`on resource: policy ${PolicyArn} because`),
    )
  }
})

test('a role that a caller may not assume is denied in one sentence, whether it is there or not', async () => {
  for (const { RoleArn } of [present, ...Object.values(absent)]) {
    assert.equal(
      await world.service.stsFault('AssumeRole', { RoleArn, RoleSessionName: 'night' }, stranger),
      `AccessDenied: User: ${stranger.principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
    )
  }
})
