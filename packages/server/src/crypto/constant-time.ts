import { timingSafeEqual } from 'node:crypto'

/**
 * Returns whether both arrays hold the same bytes, in a time that does not depend on where they differ. Lengths are not
 * secret.
 */
export function equalInConstantTime(left: Uint8Array, right: Uint8Array): boolean {
  return left.byteLength === right.byteLength && timingSafeEqual(left, right)
}
