import type { JsonObject, JsonValue } from '@keyhold/protocol'
import { isUniqueId } from '../language/grammar/principals.ts'

/**
 * Returns a statement in a form that can be put again. When a policy is read, deleted principals appear by their ids;
 * these ids are removed, which changes nothing because ids are never reused. A statement that names only deleted
 * principals is removed. A statement whose NotPrincipal lists only deleted principals stays, and is refused on put: its
 * author must review it.
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

/** Returns the element without deleted principals, or `undefined` if it has none. */
function present(element: JsonValue | undefined): JsonObject | undefined {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) return undefined
  const { AWS, ...others } = element
  if (AWS === undefined) return undefined
  const all = Array.isArray(AWS) ? AWS : [AWS]
  const left = all.filter((one) => !isDeleted(one))
  if (left.length === all.length) return undefined
  return left.length === 0 ? others : { ...others, AWS: left }
}

/** `AIDA…`, `AROA…`, or a session of a deleted role: `AROA…:session`. */
function isDeleted(principal: JsonValue): boolean {
  return typeof principal === 'string' && isUniqueId(principal.split(':')[0] ?? '')
}

function isEmpty(element: JsonObject | undefined): boolean {
  return element !== undefined && Object.keys(element).length === 0
}
