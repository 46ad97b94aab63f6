import { Secret } from '@keyhold/protocol'
import { sha256 } from '../../crypto/sha256.ts'

/**
 * A hash of what is asked and of what it was approved for: the same for equal values, whatever the order of their members. A
 * value inside another cannot be taken for its neighbour: JSON keeps them apart.
 */
export function digestOf(value: unknown): string {
  return sha256(JSON.stringify(canonical(value)))
}

function canonical(value: unknown): unknown {
  if (value instanceof Secret) throw new TypeError('what approvers approve cannot hold a secret')
  if (value instanceof Date) return { date: value.getTime() }
  if (ArrayBuffer.isView(value))
    return { sha256: sha256(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) }
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return members.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, canonical(member)])
}
