import type { OperationName } from '@keyhold/protocol'
import type { OwnConditions } from '../authorization/request-facts.ts'
import type { AnyOperation, KeyTarget } from '../operations/define.ts'
import { operationsOf } from '../operations/registry.ts'
import { AccessError } from './access-error.ts'

/** An action on a key, with what its operation tells policies of a request that leaves everything to its defaults. */
export interface KeyAction {
  /** `kms:Decrypt` */
  action: string
  conditions: OwnConditions
}

/** The action of this name, in any case, with or without `kms:`. Throws {@link AccessError} where no key is asked for it. */
export function keyActionNamed(text: string): KeyAction {
  const wanted = text.toLowerCase().replace(/^kms:/, '')
  const actions = [...operationsOf('kms').values()].flatMap(actionsOf)
  const found = actions.find(({ name }) => name.toLowerCase() === wanted)
  if (found !== undefined) return { action: `kms:${found.name}`, conditions: found.conditions() }
  const names = [...new Set(actions.map(({ name }) => name))].toSorted()
  throw new AccessError(
    'question',
    `${text} is no action on a key that this server has. There are ${names.join(', ')}.`,
  )
}

interface Named {
  name: string
  conditions(): OwnConditions
}

function actionsOf(operation: AnyOperation): Named[] {
  return Object.values(operation.keys).map((target: KeyTarget<OperationName>) => ({
    name: target.action ?? operation.name,
    conditions: () => target.conditions?.({}, {}) ?? {},
  }))
}
