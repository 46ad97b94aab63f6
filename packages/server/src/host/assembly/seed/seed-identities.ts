import { Secret } from '@keyhold/protocol'
import type { Directory } from '../../../identity/directory/directory.ts'
import type { Seed } from './format.ts'
import type { SeedGroup, SeedPolicy, SeedRole, SeedUser } from './identity-format.ts'
import { fault } from './kinds.ts'
import type { SeedCaller } from './seed-caller.ts'

interface Context {
  caller: SeedCaller
  directory: Directory
  /** The whole seed: names of policies are looked up in it. */
  seed: Seed
}

type Kind = 'user' | 'group' | 'role' | 'policy'
/** What is said of users, groups and roles alike. */
type Holder = SeedUser | SeedGroup | SeedRole

/** Makes policies first, which the others name, then groups, users and roles. What exists stays as it is. */
export async function seedIdentities(context: Context): Promise<void> {
  const { seed } = context
  for (const [index, policy] of seed.policies.entries()) await seedPolicy(policy, `policies[${index}]`, context)
  for (const [index, group] of seed.groups.entries()) await seedGroup(group, `groups[${index}]`, context)
  for (const [index, user] of seed.users.entries()) await seedUser(user, `users[${index}]`, context)
  const made = new Map<string, SeedRole>()
  for (const [index, role] of seed.roles.entries()) {
    if (await seedRole(role, `roles[${index}]`, context)) made.set(`roles[${index}]`, role)
  }
  // Trust policies can name roles of the same file, whichever comes first.
  for (const [path, { account, name, trust }] of made) {
    const input = { RoleName: name, PolicyDocument: trust }
    await context.caller.iam(`${path}.trust`, account, 'UpdateAssumeRolePolicy', input)
  }
}

async function seedPolicy(policy: SeedPolicy, path: string, context: Context): Promise<void> {
  const { account, name, document, description } = policy
  if (await exists('policy', policy, context)) return
  const input = { PolicyName: name, PolicyDocument: document, Description: description, ...common(policy) }
  await context.caller.iam(path, account, 'CreatePolicy', input)
}

async function seedGroup(group: SeedGroup, path: string, context: Context): Promise<void> {
  if (await exists('group', group, context)) return
  const input = { GroupName: group.name, Path: group.path }
  await context.caller.iam(path, group.account, 'CreateGroup', input)
  await givePolicies('Group', group, path, context)
}

async function seedUser(user: SeedUser, path: string, context: Context): Promise<void> {
  const { caller } = context
  const { account, name } = user
  if (await exists('user', user, context)) return
  const input = { UserName: name, PermissionsBoundary: boundaryOf(user, path, context), ...common(user) }
  await caller.iam(path, account, 'CreateUser', input)
  for (const [index, GroupName] of user.groups.entries()) {
    await caller.iam(`${path}.groups[${index}]`, account, 'AddUserToGroup', { UserName: name, GroupName })
  }
  await givePolicies('User', user, path, context)
  for (const [index, key] of user.accessKeys.entries())
    await seedAccessKey(key, user, `${path}.accessKeys[${index}]`, context)
}

async function seedAccessKey(
  { id, secret, active }: SeedUser['accessKeys'][number],
  { account, name }: SeedUser,
  path: string,
  { caller }: Context,
): Promise<void> {
  using secretAccessKey = Secret.of(new TextEncoder().encode(secret))
  const chosen = { accessKey: { accessKeyId: id, secretAccessKey } }
  await caller.iam(path, account, 'CreateAccessKey', { UserName: name }, chosen)
  if (active) return
  await caller.iam(path, account, 'UpdateAccessKey', { UserName: name, AccessKeyId: id, Status: 'Inactive' })
}

/** Returns whether the role was made. */
async function seedRole(role: SeedRole, path: string, context: Context): Promise<boolean> {
  const { account, name, description, maxSessionSeconds } = role
  if (await exists('role', role, context)) return false
  const input = {
    RoleName: name,
    AssumeRolePolicyDocument: trustOfNobodyElse(account),
    Description: description,
    MaxSessionDuration: maxSessionSeconds,
    PermissionsBoundary: boundaryOf(role, path, context),
    ...common(role),
  }
  await context.caller.iam(path, account, 'CreateRole', input)
  await givePolicies('Role', role, path, context)
  return true
}

async function givePolicies(
  title: 'User' | 'Group' | 'Role',
  holder: Holder,
  path: string,
  context: Context,
): Promise<void> {
  const { account, name, policies, inlinePolicies } = holder
  const named = { [`${title}Name`]: name }
  for (const [index, policy] of policies.entries()) {
    const at = `${path}.policies[${index}]`
    const input = { ...named, PolicyArn: policyArn(policy, account, at, context) }
    await context.caller.iam(at, account, `Attach${title}Policy`, input)
  }
  for (const [PolicyName, PolicyDocument] of Object.entries(inlinePolicies)) {
    const at = `${path}.inlinePolicies.${PolicyName}`
    await context.caller.iam(at, account, `Put${title}Policy`, { ...named, PolicyName, PolicyDocument })
  }
}

/** The trust policy that a role has until all roles of the seed exist. */
function trustOfNobodyElse(account: string): string {
  const Statement = [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }]
  return JSON.stringify({ Version: '2012-10-17', Statement })
}

function common({ path, tags }: { path?: string; tags?: Record<string, string> }): { Path?: string; Tags?: object[] } {
  const Tags = Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }))
  return { ...(path !== undefined && { Path: path }), ...(Tags.length > 0 && { Tags }) }
}

function boundaryOf({ account, boundary }: SeedUser | SeedRole, path: string, context: Context): string | undefined {
  return boundary === undefined ? undefined : policyArn(boundary, account, `${path}.boundary`, context)
}

function policyArn(named: string, account: string, path: string, { seed }: Context): string {
  if (named.startsWith('arn:')) return named
  const policy = seed.policies.find((one) => one.name === named && one.account === account)
  if (policy === undefined)
    throw fault(path, 'the ARN of a policy, or the name of one of this file in the same account')
  return `arn:aws:iam::${account}:policy${policy.path ?? '/'}${named}`
}

async function exists(
  kind: Kind,
  { account, name }: { account: string; name: string },
  { directory }: Context,
): Promise<boolean> {
  await directory.catchUp()
  return (await directory.entityName({ accountId: account, kind, name })) !== undefined
}
