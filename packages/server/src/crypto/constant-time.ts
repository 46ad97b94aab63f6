import { timingSafeEqual } from 'node:crypto'

/** Whether both hold the same bytes. Takes equal time wherever they differ; lengths are not secret. */
export function equalInConstantTime(left: Uint8Array, right: Uint8Array): boolean {
  return left.byteLength === right.byteLength && timingSafeEqual(left, right)
}
