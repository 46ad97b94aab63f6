import type { CompiledPolicy, ConditionValues, PolicyPrincipal, StatementReference } from './language/contract.ts'
import type { AllowReason, DenyReason } from './reasons.ts'

/** A document beside the name by which explanations and the audit log know it. */
export interface NamedPolicy {
  /** `arn:aws:iam::…:policy/x` of a managed policy, else the inline policy's name, with its owner: `group/devs/limits`. */
  name: string
  policy: CompiledPolicy
}

/** What belongs to the identity that asks. A root and a service have no policies: a root may do all that its account may. */
export interface IdentityPolicies {
  /** Inline and attached policies of the user, its groups, or the role. */
  policies: readonly NamedPolicy[]
  /** The permissions boundary: allows nothing by itself, and nothing beyond it is allowed. */
  boundary?: NamedPolicy
  /** Session policies: what is not allowed by one of them is not allowed. `undefined`: the session has none. */
  session?: readonly NamedPolicy[]
}

/** A grant as a decision needs it (AWS KMS Developer Guide, "Grants in AWS KMS"). */
export interface AccessGrant {
  grantId: string
  /**
   * The one KMS key that it is about. A related multi-Region key is another key, with grants of its own (AWS KMS Developer
   * Guide, "Multi-Region keys in AWS KMS", "Shared properties").
   */
  keyId: string
  region: string
  /** The account that owns the key. */
  accountId: string
  /** Names of grant operations: `Decrypt`, `ReEncryptFrom`, … */
  operations: readonly string[]
  /** Who may use it, with the immutable id of the principal at creation, so that a successor of its name gets nothing. */
  grantee: GrantParty
  constraints?: GrantConstraints
  /** It was made by an earlier build, and its row was written once more to be listed under ids. */
  relisted?: true
}

/** `arn` of a user, role, role session or account root, or the name of a service principal. */
export interface GrantParty {
  arn: string
  /** Absent for account roots, services, and principals of accounts that this server does not know. */
  principalId?: string
}

export interface GrantConstraints {
  encryptionContextEquals?: Readonly<Record<string, string>>
  encryptionContextSubset?: Readonly<Record<string, string>>
  sourceArn?: string
}

export interface AccessRequest {
  principal: PolicyPrincipal
  identity: IdentityPolicies
  /** IAM action, such as `kms:Decrypt`. */
  action: string
  /**
   * Whether the operation works on resources of other accounts. Where it does not, only principals of the resource's own
   * account can be allowed it, whatever policies and grants say.
   */
  acrossAccounts: boolean
  resource: {
    /** ARN of the key, alias, user, role or policy; `*` for operations without a resource; `undefined` for the key of a ciphertext that nobody knows. */
    arn: string | undefined
    /** The account that owns the resource, or `undefined` when nobody can say. */
    accountId: string | undefined
    /**
     * The key policy or the role's trust policy. `none`: resources of this type have no policy (aliases, IAM), and only
     * identity policies decide. `missing`: the resource does not exist, so no policy of its own can allow anything.
     */
    policy: NamedPolicy | 'none' | 'missing'
    /** What is asked for is about one grant: that one alone allows it, so that no other and no policy can. */
    isByGrants?: true
    /** How a denial names it to its owner's principals, where it is not by the ARN. */
    named?: string
    /** The request makes it. Denials do not name it, as it never exists then. */
    isNew?: true
    /** How a denial names the resource when its owner is another account. */
    hiddenAs: 'this resource' | 'the resource associated with this ciphertext'
  }
  /**
   * Grants that may allow it: those on the key whose grantee may be this principal (looked up by grantee, so few), and those
   * that the request's grant tokens name. Each counts only for its own key. Empty for other resources.
   */
  grants: readonly AccessGrant[]
  /** The request's encryption context as sent (names are case-sensitive here); absent where the operation has none. */
  encryptionContext?: Readonly<Record<string, string>>
  conditions: ConditionValues
}

/** The layers that take part in a decision, as denials and explanations name them. */
export type Layer = 'resource policy' | 'grant' | 'identity policy' | 'permissions boundary' | 'session policy'

/** A statement that decided. */
export interface StatementBasis {
  layer: Exclude<Layer, 'grant'>
  policy: string
  statement: StatementReference
}

/** A grant that decided. */
export interface GrantBasis {
  layer: 'grant'
  grantId: string
}

/** What decided: a statement of a policy, or a grant. */
export type Basis = StatementBasis | GrantBasis

/** The reason is for the audit log and explanations, the sentence for the caller. */
export type Decision =
  | { allowed: true; reason: AllowReason; basis: readonly Basis[] }
  | { allowed: false; reason: DenyReason; basis: readonly Basis[]; sentence: string }
