import type { GrantRule } from './grants/grant-rule.ts'
import type { CompiledPolicy, ConditionValues, PolicyPrincipal, StatementReference } from './language/contract.ts'
import type { AllowReason, DenyReason } from './reasons.ts'

/** A policy with the name that explanations and the audit log use for it. */
export interface NamedPolicy {
  /**
   * The ARN of a managed policy (`arn:aws:iam::…:policy/x`), or the name of an inline policy with its owner
   * (`group/devs/limits`).
   */
  name: string
  policy: CompiledPolicy
}

/**
 * The policies of the calling identity. Roots and services have none: a root can do everything that its account can.
 */
export interface IdentityPolicies {
  /** Inline and attached policies of the user, its groups, or the role. */
  policies: readonly NamedPolicy[]
  /** The permissions boundary. It allows nothing by itself, and limits what the other policies can allow. */
  boundary?: NamedPolicy
  /** Session policies. At least one of them must allow the request. `undefined` if the session has none. */
  session?: readonly NamedPolicy[]
}

/** The parts of a grant that a decision uses (AWS KMS Developer Guide, "Grants in AWS KMS"). */
export interface AccessGrant {
  grantId: string
  /**
   * The KMS key of the grant. A related multi-Region key is another key with its own grants (AWS KMS Developer Guide,
   * "Multi-Region keys in AWS KMS", "Shared properties").
   */
  keyId: string
  region: string
  /** The account that owns the key. */
  accountId: string
  /** Names of grant operations: `Decrypt`, `ReEncryptFrom`, … */
  operations: readonly string[]
  /**
   * The grantee, with its immutable id at the creation of the grant. A later principal of the same name gets nothing.
   */
  grantee: GrantParty
  constraints?: GrantConstraints
  /** An earlier build made the grant, and its row was rewritten to be listed under ids. */
  relisted?: true
}

/** `arn` of a user, role, role session or account root, or the name of a service principal. */
export interface GrantParty {
  arn: string
  /** Absent for account roots, services, and principals of accounts that are not on this server. */
  principalId?: string
}

/** The constraints of a grant. All that are present must hold. */
export interface GrantConstraints {
  encryptionContextEquals?: Readonly<Record<string, string>>
  encryptionContextSubset?: Readonly<Record<string, string>>
  sourceArn?: string
}

/** Everything that one decision depends on. */
export interface AccessRequest {
  principal: PolicyPrincipal
  identity: IdentityPolicies
  /** The IAM action, such as `kms:Decrypt`. */
  action: string
  /**
   * Whether the operation works on resources of other accounts. If it does not, only principals of the resource's own
   * account can be allowed, whatever policies and grants say.
   */
  acrossAccounts: boolean
  /** How grants can allow the action; `false` if no grant can. */
  grantable: GrantRule | false
  resource: {
    /**
     * ARN of the key, alias, user, role or policy; `*` for operations without a resource; `undefined` for the key of a
     * ciphertext that names no known key.
     */
    arn: string | undefined
    /** The account that owns the resource, or `undefined` if it is unknown. */
    accountId: string | undefined
    /**
     * The key policy, or the role's trust policy. `none`: resources of this type have no policy (aliases, IAM), so
     * identity policies alone decide. `missing`: the resource does not exist, so it has no policy that can allow
     * anything.
     */
    policy: NamedPolicy | 'none' | 'missing'
    /** The request is about one grant, and only that grant can allow it: no other grant and no policy can. */
    isByGrants?: true
    /** How a denial names the resource to principals of its owner, if not by the ARN. */
    named?: string
    /** The request creates the resource. Denials do not name it, because it never exists then. */
    isNew?: true
    /** How a denial names the resource when its owner is another account. */
    hiddenAs: 'this resource' | 'the resource associated with this ciphertext'
  }
  /**
   * Grants that can allow the request: those on the key whose grantee can be this principal (looked up by grantee, so
   * few), and those of the request's grant tokens. Each grant counts only for its own key. Empty for other resources.
   */
  grants: readonly AccessGrant[]
  /** The request's encryption context as sent, with case-sensitive names. Absent if the operation has none. */
  encryptionContext?: Readonly<Record<string, string>>
  conditions: ConditionValues
}

/** The layers of a decision, as denials and explanations name them. */
export type Layer = 'resource policy' | 'grant' | 'identity policy' | 'permissions boundary' | 'session policy'

/** A statement that was decisive. */
export interface StatementBasis {
  layer: Exclude<Layer, 'grant'>
  policy: string
  statement: StatementReference
}

/** A grant that was decisive. */
export interface GrantBasis {
  layer: 'grant'
  grantId: string
}

/** A decisive statement or grant. */
export type Basis = StatementBasis | GrantBasis

/** The reason is for the audit log and explanations. The sentence is for the caller. */
export type Decision =
  | { allowed: true; reason: AllowReason; basis: readonly Basis[] }
  | { allowed: false; reason: DenyReason; basis: readonly Basis[]; sentence: string }
