import type { JsonObject, JsonValue } from '@keyhold/protocol'
import { isUniqueId } from '../language/grammar/principals.ts'

/**
 * A statement as it can be put again: without the ids by which a document that was read shows principals that were
 * deleted. It says the same as before, since nobody gets such an id again. Nothing is left of one about nobody else. One that spares only
 * them by NotPrincipal stays, and is refused: it has to be read.
 */
export function withoutDeleted(statement: JsonObject): JsonObject[] {
  const { Principal, NotPrincipal } = statement
  const named = present(Principal)
  const spared = present(NotPrincipal)
  if (isEmpty(named)) return []
  return [
    {
      ...statement,
      ...(named !== undefined && { Principal: named }),
      ...(spared !== undefined && !isEmpty(spared) && { NotPrincipal: spared }),
    },
  ]
}

/** The element without deleted principals; `undefined` where it has none. */
function present(element: JsonValue | undefined): JsonObject | undefined {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) return undefined
  const { AWS, ...others } = element
  if (AWS === undefined) return undefined
  const all = Array.isArray(AWS) ? AWS : [AWS]
  const left = all.filter((one) => !isDeleted(one))
  if (left.length === all.length) return undefined
  return left.length === 0 ? others : { ...others, AWS: left }
}

/** `AIDA…`, `AROA…`, or a session of a role that is gone: `AROA…:session`. */
function isDeleted(principal: JsonValue): boolean {
  return typeof principal === 'string' && isUniqueId(principal.split(':')[0] ?? '')
}

function isEmpty(element: JsonObject | undefined): boolean {
  return element !== undefined && Object.keys(element).length === 0
}
