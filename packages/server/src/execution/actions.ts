import type { ActionRules } from '../domain/policy/action-rules.ts'
import type { GrantOperation } from '../domain/policy/grants/grant-rule.ts'

/** The declared rules by action, for simulations and grants: they name actions and are no requests. */
export interface Actions {
  /** Returns the rules of an action of KMS, such as `kms:Decrypt`, in any case; `undefined` if no operation has the action. */
  rulesOf(action: string): ActionRules | undefined
  /** All grant operations. */
  readonly grantable: readonly GrantOperation[]
}
