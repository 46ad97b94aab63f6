import type { OperationName } from '@keyhold/protocol'
import type { OwnConditions } from '../../domain/policy/request-facts.ts'
import { actionOn, type AnyOperation, type KeyTarget } from '../../execution/define.ts'
import type { Found } from '../../execution/lookup.ts'
import type { Serving } from '../../execution/operations.ts'
import type { Services } from '../../execution/services.ts'
import { AccessError } from './access-error.ts'

/** An action on a key. */
export interface KeyAction {
  /** `kms:Decrypt` */
  action: string
  operation: AnyOperation
  /** The key of the operation that it is for. */
  target: KeyTarget<OperationName>
  /** The condition keys of a request with only the default parameters. */
  conditions(key: Found, services: Services): OwnConditions | Promise<OwnConditions>
  /** Whether a grant that the request names decides, instead of the key policy and other grants. */
  byNamedGrant: boolean
}

/**
 * Returns the action of this name, in any case, with or without `kms:`. Throws {@link AccessError} if it is not an
 * action on a key.
 */
export function keyActionNamed(text: string, { operations }: Pick<Serving, 'operations'>): KeyAction {
  const wanted = text.toLowerCase().replace(/^kms:/, '')
  const actions = [...operations.of('kms').values()].flatMap(actionsOf)
  const found = actions.find(({ action }) => action.toLowerCase() === `kms:${wanted}`)
  if (found !== undefined) return found
  const names = [...new Set(actions.map(({ action }) => action.slice('kms:'.length)))].toSorted()
  throw new AccessError(
    'question',
    `${text} is not an action on a key that this server supports. Supported actions: ${names.join(', ')}.`,
  )
}

function actionsOf(operation: AnyOperation): KeyAction[] {
  return Object.entries(operation.keys).map(([name, target]: [string, KeyTarget<OperationName>]) => ({
    action: actionOn(operation, target),
    operation,
    target,
    conditions: (key, services) => target.conditions?.({}, { [name]: key }, services) ?? {},
    byNamedGrant: target.authorize !== undefined,
  }))
}
