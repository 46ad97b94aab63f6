import { parseArn } from '@keyhold/protocol'
import type { AllowedAs, Bindings, PolicyPrincipal, PolicyRequest } from '../contract.ts'
import { isPartitionOfAccounts } from '../account-partition.ts'
import type { Effect, PrincipalElement, PrincipalKind, PrincipalName } from '../document.ts'

/**
 * What an ARN matches: any principal with that ARN (`any`), only the principal (or the sessions of the role) with
 * this id, or no principal any more (`none`).
 */
type Binding = 'any' | 'none' | { id: string }
type NamedPrincipal = Pick<PolicyPrincipal, 'arn' | 'principalId'>

/** Kinds of principals with immutable ids, whose ARNs can later belong to another principal. */
const BOUND: readonly PrincipalKind[] = ['user', 'role']

type Asker = Pick<PolicyRequest, 'principal' | 'hasBoundary' | 'resource'>

/** Which principals a statement applies to. */
export class PrincipalMatcher {
  readonly #not: boolean
  readonly #effect: Effect
  readonly #listed: ListedPrincipals

  constructor({ not, names }: PrincipalElement, effect: Effect, bindings: Bindings | undefined) {
    this.#not = not
    this.#effect = effect
    this.#listed = new ListedPrincipals(names, bindings)
  }

  /** Returns how the statement names the calling principal, or false if it does not apply. */
  matches(request: Asker): AllowedAs | false {
    const { principal, hasBoundary, resource } = request
    if (!this.#not) return this.#listed.nearest(principal, this.#effect, resource)
    if (this.#effect === 'Allow') return this.#listed.leavesIn(principal) && asOneOfAll(principal)
    return hasBoundary || !this.#listed.exempts(principal, resource) ? 'principal' : false
  }

  /**
   * Returns whether the statement applies to a principal that its NotPrincipal lists. A Deny with NotPrincipal always
   * applies to users, roles and sessions with a permissions boundary, even if it lists them (IAM User Guide, "AWS JSON
   * policy elements: NotPrincipal").
   */
  isDespiteNotPrincipal({ principal, hasBoundary, resource }: Asker): boolean {
    return this.#not && this.#effect === 'Deny' && hasBoundary && this.#listed.exempts(principal, resource)
  }
}

class ListedPrincipals {
  readonly #everyone: boolean
  /** The partitions of each named account, by its id. `undefined` means a name by account number alone. */
  readonly #accounts: ReadonlyMap<string, readonly (string | undefined)[]>
  /** Unique ids that the policy names, and the ids that its ARNs are bound to, because users can be renamed. */
  readonly #ids: ReadonlySet<string>
  /** Users, roles and sessions. */
  readonly #arns: ReadonlyMap<string, Binding>
  readonly #services: ReadonlySet<string>
  readonly #providers: ReadonlySet<string>

  constructor(names: readonly PrincipalName[], bindings: Bindings | undefined) {
    const textsOf = (...kinds: PrincipalKind[]): string[] =>
      names.filter(({ kind }) => kinds.includes(kind)).map(({ text }) => text)
    const bound = names.filter(({ kind }) => ['user', 'role', 'session', 'federated-user'].includes(kind))
    this.#everyone = textsOf('everyone', 'every-aws-principal').length > 0
    this.#accounts = partitionsOfAccounts(names)
    this.#ids = new Set([...textsOf('id'), ...boundIds(bound, bindings)])
    this.#arns = new Map(bound.map((name) => [name.text, bindingOf(name, bindings)]))
    this.#services = new Set(textsOf('service'))
    this.#providers = new Set(textsOf('federated'))
  }

  /**
   * Returns how the policy lists a principal, in the least limited form. `"*"` and `{"AWS": "*"}` are equal and include
   * services (IAM User Guide, "AWS JSON policy elements: Principal", "All principals"). A web identity is not a
   * principal yet: an Allow for all principals does not include it, so that no foreign token gets in. A Deny for all
   * principals does include it, and a Deny for an account also applies if the account is named in a partition that it
   * does not belong to.
   */
  nearest(principal: PolicyPrincipal, effect: Effect, resource: string): AllowedAs | false {
    const { type, arn, accountId, role } = principal
    const isForAll = effect === 'Deny' && this.#everyone
    if (type === 'Service') return this.#listsService(arn) ? 'principal' : false
    if (type === 'WebIdentity') return isForAll || this.#providers.has(arn) ? 'principal' : false
    if (this.#isListed(principal)) return 'principal'
    if (this.#everyone) return asOneOfAll(principal)
    if (role !== undefined && this.#isListed(role)) return 'role'
    const names = effect === 'Deny' ? this.#accounts.has(accountId) : this.#listsAccount(accountId, resource)
    if (!names) return false
    return type === 'Root' ? 'principal' : 'account'
  }

  /**
   * Returns whether a Deny with NotPrincipal exempts a principal. AWS checks its account, the role behind a session and
   * the principal itself, each of which must be listed (IAM User Guide, "NotPrincipal").
   */
  exempts(principal: PolicyPrincipal, resource: string): boolean {
    const { type, arn, accountId, role } = principal
    if (type === 'Service') return this.#listsService(arn)
    if (type === 'WebIdentity') return this.#everyone || this.#providers.has(arn)
    if (this.#everyone) return true
    if (!this.#listsAccount(accountId, resource)) return false
    if (role !== undefined && !this.#isListed(role)) return false
    return type === 'Root' || this.#isListed(principal)
  }

  /**
   * Returns whether an Allow with NotPrincipal applies to a principal: one that is not listed in any form, not even by
   * an ARN that once belonged to another principal. Never applies to services and web identities.
   */
  leavesIn(principal: PolicyPrincipal): boolean {
    const { type, accountId, role } = principal
    if (type === 'Service' || type === 'WebIdentity') return false
    if (this.#everyone || this.#accounts.has(accountId) || this.#isMentioned(principal)) return false
    return role === undefined || !this.#isMentioned(role)
  }

  #listsAccount(accountId: string, resource: string): boolean {
    const partitions = this.#accounts.get(accountId) ?? []
    return partitions.some((partition) => isPartitionOfAccounts(partition, parseArn(resource)?.partition))
  }

  #listsService(name: string): boolean {
    return this.#everyone || this.#services.has(name)
  }

  #isListed({ arn, principalId }: NamedPrincipal): boolean {
    if (this.#ids.has(principalId)) return true
    const binding = this.#arns.get(arn)
    if (binding === undefined || binding === 'none') return false
    return binding === 'any' || binding.id === principalId || isSession(principalId, binding)
  }

  #isMentioned(principal: NamedPrincipal): boolean {
    return this.#arns.has(principal.arn) || this.#isListed(principal)
  }
}

/**
 * How a statement applies to a principal that it does not name. A federated user is exempt from the limits of the
 * session only if "a resource-based policy … specifically references the federated user session" (IAM User Guide,
 * "Permissions for GetFederationToken").
 */
function asOneOfAll({ type }: PolicyPrincipal): AllowedAs {
  return type === 'FederatedUser' ? 'role' : 'principal'
}

/** All named accounts, each with the partitions of its names. */
function partitionsOfAccounts(names: readonly PrincipalName[]): Map<string, (string | undefined)[]> {
  const found = new Map<string, (string | undefined)[]>()
  for (const { kind, accountId, partition } of names) {
    if (kind !== 'account' || accountId === undefined) continue
    found.set(accountId, [...(found.get(accountId) ?? []), partition])
  }
  return found
}

/** Returns whether `principalId` belongs to a session of the role. */
function isSession(principalId: string, role: { id: string }): boolean {
  return principalId.startsWith(role.id) && principalId.charAt(role.id.length) === ':'
}

/** The ids that the ARNs of users and roles are bound to. */
function boundIds(names: readonly PrincipalName[], bindings: Bindings | undefined): string[] {
  return names.flatMap(({ kind, text }) => (BOUND.includes(kind) ? (bindings?.get(text) ?? []) : []))
}

/** If there are bindings, the ARN of a user or role must be bound. The ARN of a session can be, to its role's id. */
function bindingOf({ kind, text }: PrincipalName, bindings: Bindings | undefined): Binding {
  const id = bindings?.get(text)
  if (id !== undefined) return { id }
  return bindings !== undefined && BOUND.includes(kind) ? 'none' : 'any'
}
