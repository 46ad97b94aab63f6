/** Situations as plain documents: what decide() is asked about once they are compiled, and what the oracle reads as they are. */
import type { AccessGrant, AccessRequest, NamedPolicy } from '../../../../src/domain/policy/access.ts'
import type { CompiledPolicy, PolicyKind, PolicyPrincipal } from '../../../../src/domain/policy/language/contract.ts'
import { grantRuleOf } from './grantable.ts'

export interface Statement {
  Sid?: string
  Effect: 'Allow' | 'Deny'
  Principal?: '*' | { AWS: string } | { Service: string } | { Federated: string }
  /** Only in denials. */
  NotPrincipal?: { AWS: string[] } | { Service: string } | { Federated: string }
  Action: string
  Resource: string
  Condition?: Record<string, Record<string, string>>
}

export interface Document {
  Version: '2012-10-17'
  Statement: Statement[]
}

export interface World {
  principal: PolicyPrincipal
  action: string
  /** Whether the operation works on keys of other accounts, as AWS states for each. */
  acrossAccounts: boolean
  resource: { arn?: string; accountId?: string; policy: Document | 'none' | 'missing' }
  grants: AccessGrant[]
  identity: Document[]
  boundary?: Document
  session?: Document[]
  context?: Record<string, string>
  conditions: Record<string, string[]>
}

export type Compile = (document: Document, kind: PolicyKind) => CompiledPolicy

const KEY_ACCOUNT = '111122223333'
const OTHER_ACCOUNT = '444455556666'
/** The key asked about, as grants name it. */
export const KEY = { keyId: '1234abcd-12ab-34cd-56ef-1234567890ab', region: 'eu-central-1', accountId: KEY_ACCOUNT }
const OPERATOR_ACCOUNT = '999988887777'
export const KEY_ARN = `arn:aws:kms:${KEY.region}:${KEY_ACCOUNT}:key/${KEY.keyId}`
const STRANGER = { arn: `arn:aws:iam::${KEY_ACCOUNT}:user/mallory`, principalId: 'AIDAMALLORY' }

/** All callers, by the word that tables use: `foreign` are those of another account than the key's. */
export const PRINCIPALS: Readonly<Record<string, PolicyPrincipal>> = {
  user: user(KEY_ACCOUNT),
  session: session(KEY_ACCOUNT),
  federated: federated(KEY_ACCOUNT),
  root: root(KEY_ACCOUNT),
  'foreign-user': user(OTHER_ACCOUNT),
  'foreign-session': session(OTHER_ACCOUNT),
  'foreign-federated': federated(OTHER_ACCOUNT),
  'foreign-root': root(OTHER_ACCOUNT),
  service: service(OPERATOR_ACCOUNT),
  // A service asks for a key that belongs to its own operator.
  'operator-service': service(KEY_ACCOUNT),
  'web-identity': webIdentity(KEY_ACCOUNT),
}

/** What the words of tables stand for. Those of one situation are applied in their order. */
const WORDS: Readonly<Record<string, (world: World) => void>> = {
  'names-user': nameInKeyPolicy(({ principal }) => ({ AWS: `arn:aws:iam::${principal.accountId}:user/alice` })),
  'names-role': nameInKeyPolicy(({ principal }) => ({ AWS: `arn:aws:iam::${principal.accountId}:role/reader` })),
  'names-session': nameInKeyPolicy(({ principal }) => ({
    AWS: `arn:aws:sts::${principal.accountId}:assumed-role/reader/monday`,
  })),
  'names-federated': nameInKeyPolicy(({ principal }) => ({
    AWS: `arn:aws:sts::${principal.accountId}:federated-user/guest`,
  })),
  'names-everybody': nameInKeyPolicy(() => '*'),
  'names-every-aws': nameInKeyPolicy(() => ({ AWS: '*' })),
  'names-account': nameInKeyPolicy(({ principal }) => ({ AWS: `arn:aws:iam::${principal.accountId}:root` })),
  'names-service': nameInKeyPolicy(() => ({ Service: 'backup.amazonaws.com' })),
  'names-provider': nameInKeyPolicy(({ principal }) => ({ Federated: providerArn(principal.accountId) })),
  'names-stranger': nameInKeyPolicy(() => ({ AWS: STRANGER.arn })),
  'key-denies': keyStatement(() => ({ Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt', Resource: '*' })),
  'key-denies-stranger': keyStatement(() => ({
    Effect: 'Deny',
    Principal: { AWS: STRANGER.arn },
    Action: '*',
    Resource: '*',
  })),
  'key-denies-encrypt': keyStatement(() => ({ Effect: 'Deny', Principal: '*', Action: 'kms:Encrypt', Resource: '*' })),
  // Denials of all principals except those that NotPrincipal lists.
  'key-spares-self': keyStatement((world) => denyAllBut(sparing(world))),
  'key-spares-account': keyStatement(({ principal }) => denyAllBut({ AWS: [rootArn(principal.accountId)] })),
  'key-spares-role': keyStatement(({ principal }) =>
    denyAllBut({ AWS: [principal.role?.arn ?? STRANGER.arn, rootArn(principal.accountId)] }),
  ),
  'key-spares-stranger': keyStatement(() => denyAllBut({ AWS: [STRANGER.arn, rootArn(KEY_ACCOUNT)] })),
  confined: (world) => void (world.acrossAccounts = false),
  'no-policy': (world) => void (world.resource.policy = 'none'),
  missing: (world) => void (world.resource.policy = 'missing'),
  unknown: (world) => void (world.resource = { policy: 'missing' }),
  unnamed: (world) => void (world.resource = { accountId: world.principal.accountId, policy: 'missing' }),
  nowhere: (world) => void (world.resource = { arn: '*', accountId: world.principal.accountId, policy: 'none' }),

  'grant-self': grant(({ principal }) => party(principal)),
  'grant-role': grant(({ principal }) => party(principal.role ?? STRANGER)),
  'grant-account': grant(({ principal }) => ({ arn: `arn:aws:iam::${principal.accountId}:root` })),
  'grant-stranger': grant(() => STRANGER),
  'grant-successor': grant(({ principal }) => ({ arn: principal.arn, principalId: 'AIDAFORMER' })),
  'grant-role-successor': grant(({ principal }) => ({
    arn: (principal.role ?? STRANGER).arn,
    principalId: 'AROAFORMER',
  })),
  // Grants that a token can bring into the request: all is right but the key.
  'grant-other-key': grant(({ principal }) => party(principal), { keyId: '0987dcba-09fe-87dc-65ba-ab0987654321' }),
  'grant-other-region': grant(({ principal }) => party(principal), { region: 'us-west-2' }),
  'grant-other-owner': grant(({ principal }) => party(principal), { accountId: OPERATOR_ACCOUNT }),
  'grant-role-other-key': grant(({ principal }) => party(principal.role ?? STRANGER), { keyId: 'mrk-1234' }),
  'grant-account-other-key': grant(({ principal }) => ({ arn: `arn:aws:iam::${principal.accountId}:root` }), {
    keyId: `${KEY.keyId}0`,
  }),
  'grant-other-operation': grant(({ principal }) => party(principal), { operations: ['Encrypt', 'DescribeKey'] }),
  'grant-this-context': grant(({ principal }) => party(principal), {
    constraints: { encryptionContextEquals: { volume: 'vol-1' } },
  }),
  'grant-other-context': grant(({ principal }) => party(principal), {
    constraints: { encryptionContextSubset: { volume: 'vol-2' } },
  }),
  'grant-other-source': grant(({ principal }) => party(principal), {
    constraints: { sourceArn: 'arn:aws:ec2:eu-central-1:111122223333:volume/vol-2' },
  }),

  'identity-allows': (world) => void world.identity.push(document('Allow')),
  'identity-denies': (world) => void world.identity.push(document('Deny')),
  'identity-silent': (world) => void world.identity.push(document('Allow', 'kms:Encrypt')),
  'boundary-allows': (world) => void (world.boundary = document('Allow')),
  'boundary-denies': (world) => void (world.boundary = document('Deny')),
  'boundary-silent': (world) => void (world.boundary = document('Allow', 'kms:Encrypt')),
  'session-allows': (world) => void (world.session ??= []).push(document('Allow')),
  'session-denies': (world) => void (world.session ??= []).push(document('Deny')),
  'session-silent': (world) => void (world.session ??= []).push(document('Allow', 'kms:Encrypt')),
  'session-empty': (world) => void (world.session ??= []),
}

export type Word = string

/** All words, for tests that draw situations by lot. */
export const ALL_WORDS = Object.keys(WORDS)

/** The situation that a table's words describe: one of `PRINCIPALS` asks to decrypt with the key. */
export function worldOf(who: string, words: readonly Word[]): World {
  const principal = PRINCIPALS[who]
  if (!principal) throw new Error(`There is no principal ${who}.`)
  const world = emptyWorld(principal)
  for (const word of words) {
    const apply = WORDS[word]
    if (!apply) throw new Error(`No word ${word}.`)
    apply(world)
  }
  return world
}

/** What decide() is asked. */
export function requestOf(world: World, compile: Compile): AccessRequest {
  const { principal, action, acrossAccounts, resource, grants, identity, boundary, session, context } = world
  const { conditions } = world
  const named = (name: string, document: Document, kind: PolicyKind): NamedPolicy => ({
    name,
    policy: compile(document, kind),
  })
  return {
    principal,
    action,
    acrossAccounts,
    grantable: grantRuleOf(action),
    grants,
    ...(context && { encryptionContext: context }),
    resource: {
      arn: resource.arn,
      accountId: resource.accountId,
      policy: typeof resource.policy === 'string' ? resource.policy : named('key policy', resource.policy, 'key'),
      hiddenAs: 'this resource',
    },
    identity: {
      policies: identity.map((document, index) => named(`identity-${index}`, document, 'identity')),
      ...(boundary && { boundary: named('boundary', boundary, 'identity') }),
      ...(session && { session: session.map((document, index) => named(`session-${index}`, document, 'identity')) }),
    },
    conditions: {
      get: (name) => conditions[name] ?? contextValue(context, name),
      isByDefault: () => false,
    },
  }
}

function contextValue(context: World['context'] = {}, name: string): string[] | undefined {
  const [, pair] = /^kms:encryptioncontext:(.*)$/s.exec(name) ?? []
  const value = pair === undefined ? undefined : context[pair]
  return value === undefined ? undefined : [value]
}

function emptyWorld(principal: PolicyPrincipal): World {
  const principalArn = (principal.type === 'AssumedRole' && principal.role ? principal.role : principal).arn
  return {
    principal,
    action: 'kms:Decrypt',
    acrossAccounts: true,
    resource: { arn: KEY_ARN, accountId: KEY_ACCOUNT, policy: { Version: '2012-10-17', Statement: [] } },
    grants: [],
    identity: [],
    context: { volume: 'vol-1' },
    conditions: {
      ...(principal.type === 'WebIdentity' && { 'oidc.example.com:sub': ['subject-1'] }),
      ...(!['Service', 'WebIdentity'].includes(principal.type) && { 'aws:principalarn': [principalArn] }),
    },
  }
}

function nameInKeyPolicy(name: (world: World) => NonNullable<Statement['Principal']>): (world: World) => void {
  return keyStatement((world) => ({ Effect: 'Allow', Principal: name(world), Action: 'kms:Decrypt', Resource: '*' }))
}

function denyAllBut(NotPrincipal: Statement['NotPrincipal']): Statement {
  return { Effect: 'Deny', NotPrincipal, Action: 'kms:Decrypt', Resource: '*' }
}

/** All that must be listed for a principal to be spared. */
function sparing({ principal: { type, arn, accountId, role } }: World): Statement['NotPrincipal'] {
  if (type === 'Service') return { Service: arn }
  if (type === 'WebIdentity') return { Federated: arn }
  return { AWS: [...new Set([arn, role?.arn ?? arn, rootArn(accountId)])] }
}

function rootArn(accountId: string): string {
  return `arn:aws:iam::${accountId}:root`
}

function keyStatement(statement: (world: World) => Statement): (world: World) => void {
  return (world) => {
    if (typeof world.resource.policy === 'object') world.resource.policy.Statement.push(statement(world))
  }
}

function grant(
  grantee: (world: World) => AccessGrant['grantee'],
  rest: Partial<AccessGrant> = {},
): (world: World) => void {
  return (world) => {
    const grantId = `grant-${world.grants.length}`
    world.grants.push({ grantId, ...KEY, operations: ['Decrypt'], grantee: grantee(world), ...rest })
  }
}

function party({ arn, principalId }: { arn: string; principalId: string }): AccessGrant['grantee'] {
  return { arn, principalId }
}

function document(Effect: Statement['Effect'], Action = 'kms:Decrypt'): Document {
  return { Version: '2012-10-17', Statement: [{ Effect, Action, Resource: '*' }] }
}

function user(accountId: string): PolicyPrincipal {
  return { type: 'IAMUser', arn: `arn:aws:iam::${accountId}:user/alice`, accountId, principalId: 'AIDAALICE' }
}

/** A session of the user `user`, under another name. */
function federated(accountId: string): PolicyPrincipal {
  const { arn, principalId } = user(accountId)
  return {
    type: 'FederatedUser',
    arn: `arn:aws:sts::${accountId}:federated-user/guest`,
    accountId,
    principalId: `${accountId}:guest`,
    role: { arn, principalId },
  }
}

function session(accountId: string): PolicyPrincipal {
  const role = { arn: `arn:aws:iam::${accountId}:role/reader`, principalId: 'AROAREADER' }
  const arn = `arn:aws:sts::${accountId}:assumed-role/reader/monday`
  return { type: 'AssumedRole', arn, accountId, principalId: 'AROAREADER:monday', role }
}

function root(accountId: string): PolicyPrincipal {
  return { type: 'Root', arn: `arn:aws:iam::${accountId}:root`, accountId, principalId: accountId }
}

function webIdentity(accountId: string): PolicyPrincipal {
  const principalId = 'oidc.example.com:subject-1'
  return { type: 'WebIdentity', arn: providerArn(accountId), accountId, principalId }
}

function providerArn(accountId: string): string {
  return `arn:aws:iam::${accountId}:oidc-provider/oidc.example.com`
}

function service(accountId: string): PolicyPrincipal {
  const name = 'backup.amazonaws.com'
  return { type: 'Service', arn: name, accountId, principalId: name }
}
