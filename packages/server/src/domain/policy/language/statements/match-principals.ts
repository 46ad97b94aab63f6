import { parseArn } from '@keyhold/protocol'
import type { AllowedAs, Bindings, PolicyPrincipal, PolicyRequest } from '../contract.ts'
import { isPartitionOfAccounts } from '../account-partition.ts'
import type { Effect, PrincipalElement, PrincipalKind, PrincipalName } from '../document.ts'

/** Who has an ARN: whoever it names, only the principal (or the sessions of the role) with this id, or nobody any more. */
type Binding = 'anybody' | 'nobody' | { id: string }

/** Kinds that have immutable ids, so that their ARNs may come to mean somebody else. */
const BOUND: readonly PrincipalKind[] = ['user', 'role']

type Asker = Pick<PolicyRequest, 'principal' | 'hasBoundary' | 'resource'>

/** Whom a statement is about. */
export class PrincipalMatcher {
  readonly #not: boolean
  readonly #effect: Effect
  readonly #listed: ListedPrincipals

  constructor({ not, names }: PrincipalElement, effect: Effect, bindings: Bindings | undefined) {
    this.#not = not
    this.#effect = effect
    this.#listed = new ListedPrincipals(names, bindings)
  }

  /** How the statement comes to be about whoever asks; false if it is not. */
  matches(request: Asker): AllowedAs | false {
    const { principal, hasBoundary, resource } = request
    if (!this.#not) return this.#listed.nearest(principal, this.#effect, resource)
    if (this.#effect === 'Allow') return this.#listed.leavesIn(principal) && asOneOfAll(principal)
    return hasBoundary || !this.#listed.exempts(principal, resource) ? 'principal' : false
  }

  /**
   * Whether the statement is about a principal that its NotPrincipal lists: a Deny with NotPrincipal always applies to a
   * user, role or session with a permissions boundary, whatever is listed (IAM User Guide, "AWS JSON policy elements:
   * NotPrincipal").
   */
  isDespiteNotPrincipal({ principal, hasBoundary, resource }: Asker): boolean {
    return this.#not && this.#effect === 'Deny' && hasBoundary && this.#listed.exempts(principal, resource)
  }
}

class ListedPrincipals {
  readonly #everyone: boolean
  /** The partitions in which an account is named, by its id; `undefined` where it is by its number alone. */
  readonly #accounts: ReadonlyMap<string, readonly (string | undefined)[]>
  /** Unique ids that the document names, and those that its ARNs are bound to: a user may be renamed. */
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
   * The form under which a principal is listed, the one that is limited least first. `"*"` and `{"AWS": "*"}` are the same
   * (IAM User Guide, "AWS JSON policy elements: Principal", "All principals"): services are among them. A web identity is no
   * principal yet: everybody who is allowed does not include it, so that no stranger's token comes in by it. A Deny is for
   * it too, as in doubt a denial holds; so it does where an account is named in a partition in which it is not.
   */
  nearest(principal: PolicyPrincipal, effect: Effect, resource: string): AllowedAs | false {
    const { type, arn, principalId, accountId, role } = principal
    const isForAll = effect === 'Deny' && this.#everyone
    if (type === 'Service') return this.#listsService(arn) ? 'principal' : false
    if (type === 'WebIdentity') return isForAll || this.#providers.has(arn) ? 'principal' : false
    if (this.#isListed(arn, principalId)) return 'principal'
    if (this.#everyone) return asOneOfAll(principal)
    if (role !== undefined && this.#isListed(role.arn, role.principalId)) return 'role'
    const names = effect === 'Deny' ? this.#accounts.has(accountId) : this.#listsAccount(accountId, resource)
    if (!names) return false
    return type === 'Root' ? 'principal' : 'account'
  }

  /**
   * Whether Deny with NotPrincipal spares a principal: AWS looks at its account, at the role behind a session and at
   * itself, each of which must be listed (IAM User Guide, "NotPrincipal").
   */
  exempts(principal: PolicyPrincipal, resource: string): boolean {
    const { type, arn, principalId, accountId, role } = principal
    if (type === 'Service') return this.#listsService(arn)
    if (type === 'WebIdentity') return this.#everyone || this.#providers.has(arn)
    if (this.#everyone) return true
    if (!this.#listsAccount(accountId, resource)) return false
    if (role !== undefined && !this.#isListed(role.arn, role.principalId)) return false
    return type === 'Root' || this.#isListed(arn, principalId)
  }

  /**
   * Whether Allow with NotPrincipal reaches a principal: one that is listed in no form, not even by an ARN that once
   * was somebody else's. Services and web identities are reached only by name.
   */
  leavesIn({ type, arn, principalId, accountId, role }: PolicyPrincipal): boolean {
    if (type === 'Service' || type === 'WebIdentity') return false
    if (this.#everyone || this.#accounts.has(accountId) || this.#isMentioned(arn, principalId)) return false
    return role === undefined || !this.#isMentioned(role.arn, role.principalId)
  }

  #listsAccount(accountId: string, resource: string): boolean {
    const partitions = this.#accounts.get(accountId) ?? []
    return partitions.some((partition) => isPartitionOfAccounts(partition, parseArn(resource)?.partition))
  }

  #listsService(name: string): boolean {
    return this.#everyone || this.#services.has(name)
  }

  #isListed(arn: string, principalId: string): boolean {
    if (this.#ids.has(principalId)) return true
    const binding = this.#arns.get(arn)
    if (binding === undefined || binding === 'nobody') return false
    return binding === 'anybody' || binding.id === principalId || isSession(principalId, binding.id)
  }

  #isMentioned(arn: string, principalId: string): boolean {
    return this.#arns.has(arn) || this.#isListed(arn, principalId)
  }
}

/**
 * How a statement is about one of all whom it does not name. A federated user is exempt from what limits the session only where
 * "a resource-based policy … specifically references the federated user session" (IAM User Guide, "Permissions for
 * GetFederationToken").
 */
function asOneOfAll({ type }: PolicyPrincipal): AllowedAs {
  return type === 'FederatedUser' ? 'role' : 'principal'
}

/** Every account that is named, with the partitions of its names. */
function partitionsOfAccounts(names: readonly PrincipalName[]): Map<string, (string | undefined)[]> {
  const found = new Map<string, (string | undefined)[]>()
  for (const { kind, accountId, partition } of names) {
    if (kind !== 'account' || accountId === undefined) continue
    found.set(accountId, [...(found.get(accountId) ?? []), partition])
  }
  return found
}

/** Whether `principalId` is of a session of the role `roleId`. */
function isSession(principalId: string, roleId: string): boolean {
  return principalId.startsWith(roleId) && principalId.charAt(roleId.length) === ':'
}

/** What the ARNs of users and roles are bound to. */
function boundIds(names: readonly PrincipalName[], bindings: Bindings | undefined): string[] {
  return names.flatMap(({ kind, text }) => (BOUND.includes(kind) ? (bindings?.get(text) ?? []) : []))
}

/** A session's ARN may be bound, to its role's id; a user's or role's must be, once there are bindings. */
function bindingOf({ kind, text }: PrincipalName, bindings: Bindings | undefined): Binding {
  const id = bindings?.get(text)
  if (id !== undefined) return { id }
  return bindings !== undefined && BOUND.includes(kind) ? 'nobody' : 'anybody'
}
