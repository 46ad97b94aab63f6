import type { GrantOperation, GrantRule } from './grants/grant-rule.ts'

/** The rules of an action that decisions need, as its operation declares them (execution/define.ts). */
export interface ActionRules {
  /** Whether policies and grants can allow the action to other accounts than the owner of the resource. */
  acrossAccounts: boolean
  /** How grants can allow the action; `false` if no grant can. */
  grantable: GrantRule | false
  /**
   * Which condition keys of KMS the action has: those of requests about an existing or new key, those of `grants` in addition,
   * or none. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Key Management Service".
   */
  about: 'keys' | 'grants' | 'no key'
}

/** The declared rules by action, for simulations and grants: they name actions and are no requests. */
export interface Actions {
  /** Returns the rules of an action of KMS, such as `kms:Decrypt`, in any case; `undefined` if no operation has the action. */
  rulesOf(action: string): ActionRules | undefined
  /** All grant operations. */
  readonly grantable: readonly GrantOperation[]
}
