/**
 * AWS's published evaluation logic, transcribed slowly and step by step over plain documents. It shares no code with the
 * sources, and is written in another style on purpose: a list of questions, as in the flow charts of the documentation.
 * Its reading of documents knows exact values and `*` only.
 *
 * IAM User Guide: "How AWS enforcement code logic evaluates requests to allow or deny access" and "Cross-account policy
 * evaluation logic"; AWS KMS Developer Guide: "Troubleshooting AWS KMS permissions", "Grants in AWS KMS".
 */
import type { Document, Statement, World } from './support/world.ts'

export function oracle(world: World): 'allow' | 'deny' {
  // Question 1: is there an explicit deny, in any policy that applies to the request?
  // Question 2: does AWS say of the operation "Cross-account use: No", and is the resource another account's?
  if (isExplicitlyDenied(world) || isConfinedElsewhere(world)) return 'deny'

  // Facts that the later questions need.
  const { isSomeoneElses, hasPolicy, limitsAllow, identitySide } = factsOf(world)
  const named = waysOfAllowing(world)

  // Question 3: is it a service, or a principal known only from an identity provider? Those are allowed by name only.
  if (['Service', 'WebIdentity'].includes(world.principal.type)) return named.has('by its own name') ? 'allow' : 'deny'

  // Question 4: does the resource belong to another account? Then both accounts have to allow; but a grant to the user,
  // the session or its role is enough, within what the other account's boundary and session policies leave.
  if (isSomeoneElses) return bothAccountsAllow(world) || isGrantedByName(world) ? 'allow' : 'deny'

  // Question 5: has the resource no policy of its own? Then the identity's policies decide.
  if (!hasPolicy) return identitySide ? 'allow' : 'deny'

  // Question 6: is the user, or this very session, allowed by name? Implicit denies elsewhere do not matter then.
  if (named.has('by its own name')) return 'allow'

  // Question 7: is its role allowed by name? Then the boundary and the session policies have to allow too.
  if (named.has('by its role') && limitsAllow) return 'allow'

  // Question 8: is its account trusted to decide? Then it decides with all that it has.
  if (named.has('by its account') && identitySide) return 'allow'

  // What nothing has allowed is denied.
  return 'deny'
}

function isExplicitlyDenied(world: World): boolean {
  const identitySide = statementsOf([...world.identity, world.boundary, ...(world.session ?? [])])
  for (const statement of [...statementsAboutMe(world), ...identitySide]) {
    if (statement.Effect === 'Deny' && isAboutRequest(statement, world)) return true
  }
  return false
}

function isConfinedElsewhere(world: World): boolean {
  return !world.acrossAccounts && factsOf(world).isSomeoneElses
}

function factsOf(world: World): Record<'isSomeoneElses' | 'hasPolicy' | 'limitsAllow' | 'identitySide', boolean> {
  const identityAllows = world.principal.type === 'Root' || someAllow(statementsOf(world.identity), world)
  const boundaryAllows = world.boundary === undefined || someAllow(statementsOf([world.boundary]), world)
  const sessionAllows = world.session === undefined || someAllow(statementsOf(world.session), world)
  return {
    isSomeoneElses: world.resource.accountId !== world.principal.accountId || world.resource.arn === undefined,
    hasPolicy: world.resource.policy !== 'none' && world.resource.policy !== 'missing',
    limitsAllow: boundaryAllows && sessionAllows,
    identitySide: identityAllows && boundaryAllows && sessionAllows,
  }
}

/** All ways in which the resource's side allows. Grants are of resources with a policy: keys. */
function waysOfAllowing(world: World): Set<string> {
  const statements = statementsAboutMe(world)
  const allowing = statements.filter((statement) => statement.Effect === 'Allow' && isAboutRequest(statement, world))
  const ways = allowing.flatMap((statement) => waysOfNaming(statement, world))
  return new Set([...ways, ...(factsOf(world).hasPolicy ? waysOfGranting(world) : [])])
}

function statementsAboutMe(world: World): Statement[] {
  const { policy } = world.resource
  const statements = typeof policy === 'string' ? [] : policy.Statement
  return statements.filter((statement) => waysOfNaming(statement, world).length > 0)
}

function statementsOf(documents: readonly (Document | undefined)[]): Statement[] {
  return documents.flatMap((document) => document?.Statement ?? [])
}

function someAllow(statements: readonly Statement[], world: World): boolean {
  return statements.some((statement) => statement.Effect === 'Allow' && isAboutRequest(statement, world))
}

function isAboutRequest({ Action, Resource }: Statement, { action, resource }: World): boolean {
  return [action, '*'].includes(Action) && [resource.arn, '*'].includes(Resource)
}

function waysOfNaming({ Principal, NotPrincipal, Effect }: Statement, world: World): string[] {
  if (NotPrincipal !== undefined) return isSpared(NotPrincipal, world) ? [] : ['by its own name']
  if (Principal === undefined) return []
  if (Principal === '*' || Object.values(Principal)[0] === '*') return waysOfBeingAnybody(world.principal, Effect)
  return waysOf(Object.values(Principal)[0], world)
}

/**
 * A principal known only from an identity provider is no AWS principal yet: an Allow for "*" does not include it, a Deny does.
 * A federated user is matched only by the name itself.
 */
function waysOfBeingAnybody({ type }: World['principal'], effect: Statement['Effect']): string[] {
  if (type === 'WebIdentity' && effect === 'Allow') return []
  return type === 'FederatedUser' ? ['by its role'] : ['by its own name']
}

/** A Deny with NotPrincipal exempts principals listed in every form, and none that has a permissions boundary. */
function isSpared(listed: NonNullable<Statement['NotPrincipal']>, { principal, boundary }: World): boolean {
  if (boundary !== undefined) return false
  const names = Object.values(listed).flat()
  const hasAccount = ['IAMUser', 'AssumedRole', 'FederatedUser'].includes(principal.type)
  const forms = [
    principal.arn,
    principal.role?.arn,
    hasAccount ? `arn:aws:iam::${principal.accountId}:root` : undefined,
  ]
  return forms.every((form) => form === undefined || names.includes(form))
}

function waysOf(name: string | undefined, { principal }: World): string[] {
  const isAccount = name === `arn:aws:iam::${principal.accountId}:root`
  switch (principal.type) {
    case 'Service':
    case 'WebIdentity':
      return name === principal.arn ? ['by its own name'] : []
    case 'Root':
      return isAccount ? ['by its own name'] : []
    case 'IAMUser':
      if (name === principal.arn) return ['by its own name']
      return isAccount ? ['by its account'] : []
    case 'AssumedRole':
    // The user who called GetFederationToken is to the session what a role is to one of its own.
    case 'FederatedUser':
      if (name === principal.arn) return ['by its own name']
      if (name === principal.role?.arn) return ['by its role']
      return isAccount ? ['by its account'] : []
  }
}

function bothAccountsAllow(world: World): boolean {
  return waysOfAllowing(world).size > 0 && factsOf(world).identitySide
}

function isGrantedByName(world: World): boolean {
  const { hasPolicy, limitsAllow } = factsOf(world)
  const ways = hasPolicy && limitsAllow ? waysOfGranting(world) : []
  return ways.some((way) => way !== 'by its account')
}

/** A grant counts if it is on the key asked about, and operation, immutable id and constraints are right. The situations know these constraints only. */
function waysOfGranting(world: World): string[] {
  const { context = {}, conditions } = world
  return world.grants.flatMap(({ keyId, region, accountId, operations, grantee, constraints = {} }) => {
    if (world.resource.arn !== `arn:aws:kms:${region}:${accountId}:key/${keyId}`) return []
    const pairs = { ...constraints.encryptionContextEquals, ...constraints.encryptionContextSubset }
    const contextFits = Object.keys(pairs).every((name) => context[name] === pairs[name])
    const sourceFits = !constraints.sourceArn || conditions['aws:sourcearn']?.[0] === constraints.sourceArn
    const fits = operations.map((name) => `kms:${name}`).includes(world.action) && contextFits && sourceFits
    return fits ? waysOfBeing(grantee, world) : []
  })
}

/** A grantee with an immutable id is the principal with this id, and one without is the principal with the name. */
function waysOfBeing({ arn, principalId }: World['grants'][number]['grantee'], world: World): string[] {
  const { principal } = world
  if (principalId === undefined) return waysOf(arn, world)
  if (principalId === principal.principalId) return ['by its own name']
  return principalId === principal.role?.principalId ? ['by its role'] : []
}
