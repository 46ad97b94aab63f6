import type { OperationName } from '@keyhold/protocol'
import { type AnyOperation, type KeyTarget, worksAcrossAccounts } from './define.ts'
import { KMS_OPERATIONS } from './kms/operations.ts'
import { notYet } from './not-yet.ts'

/** Whether each action of KMS works across accounts, by its name in lower case, as names of actions have no case. */
const KMS_ACTIONS: ReadonlyMap<string, boolean> = new Map(
  [...KMS_OPERATIONS, ...notYet].flatMap((operation) =>
    actionsOf(operation).map((action) => [action.toLowerCase(), worksAcrossAccounts(operation)]),
  ),
)

/**
 * Whether policies can allow an action to other accounts at all, for simulations, which know nothing of a request but its
 * action. An action of KMS that no operation has is for the resource's own account. About other services nothing is known
 * that would forbid it.
 */
export function actionWorksAcrossAccounts(action: string): boolean {
  const name = action.toLowerCase()
  return name.startsWith('kms:') ? KMS_ACTIONS.get(name) === true : true
}

function actionsOf({ name, keys }: AnyOperation): string[] {
  const targets: KeyTarget<OperationName>[] = Object.values(keys)
  return [name, ...targets.map((target) => target.action ?? name)].map((action) => `kms:${action}`)
}
