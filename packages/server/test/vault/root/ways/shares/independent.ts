/**
 * Shamir's secret sharing a second time, from the paper and the definition of the field alone: what the library makes must be what
 * this makes. Shamir, "How to share a secret", CACM 22(11), 1979; the field is that of AES (FIPS 197, section 4): polynomials over
 * GF(2) modulo x⁸ + x⁴ + x³ + x + 1.
 */

/** A point of a secret's polynomials: `values[i]` is that of byte i at `x`. */
export interface Point {
  x: number
  values: Uint8Array
}

/** The secret that a share's point and others give, by Lagrange's interpolation at 0. */
export function interpolate(points: readonly Point[]): Uint8Array {
  const bases = points.map(({ x }) => basisAt0(x, points))
  return Uint8Array.from({ length: points[0]?.values.byteLength ?? 0 }, (_, byte) =>
    points.reduce((sum, { values }, at) => sum ^ times(values[byte] ?? 0, bases[at] ?? 0), 0),
  )
}

/** The product over all other points of x′ / (x′ − x); subtraction is XOR. */
function basisAt0(x: number, points: readonly Point[]): number {
  const others = points.filter((point) => point.x !== x)
  return others.reduce((product, other) => times(product, times(other.x, inverse(other.x ^ x))), 1)
}

function times(left: number, right: number): number {
  let product = 0
  for (let [factor, rest] = [left, right]; rest > 0; rest >>= 1) {
    if (rest & 1) product ^= factor
    factor = factor & 0x80 ? ((factor << 1) ^ 0x11b) & 0xff : factor << 1
  }
  return product
}

/** a²⁵⁴, as a²⁵⁵ is 1. */
function inverse(value: number): number {
  return Array.from({ length: 254 }).reduce<number>((product) => times(product, value), 1)
}
