import { integer, octetString, sequence } from './der.ts'
import { testKey } from './keys.ts'

/** RFC 8017, A.1.2: the numbers of an RSAPrivateKey, by their names in a JWK. */
const RSA_PARTS = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi']

/** RFC 5208: version 0, rsaEncryption with NULL, and an RSAPrivateKey whose parts are replaced by `changes`. */
export function rsaWith(changes: Record<string, bigint>): Buffer {
  const parts = RSA_PARTS.map((name) => integer(changes[name] ?? rsaPart(name)))
  const algorithm = Buffer.from('300d06092a864886f70d0101010500', 'hex')
  return sequence(integer(0n), algorithm, octetString(sequence(integer(0n), ...parts)))
}

/** A number of the test key of RSA_2048. */
export function rsaPart(name: string): bigint {
  const jwk: Record<string, unknown> = { ...testKey('RSA_2048').key.export({ format: 'jwk' }) }
  return BigInt(`0x${Buffer.from(String(jwk[name]), 'base64url').toString('hex')}`)
}

/** The test key of RSA_2048 as other programs encode it: all are the same key. */
export function rewrittenRsa(): Record<string, Buffer> {
  const [e, p, q] = [rsaPart('e'), rsaPart('p'), rsaPart('q')]
  const phi = (p - 1n) * (q - 1n)
  const lambda = phi / gcd(p - 1n, q - 1n)
  const [byPhi, byLambda] = [inverse(e, phi), inverse(e, lambda)]
  const swapped = { p: q, q: p, dp: rsaPart('dq'), dq: rsaPart('dp'), qi: inverse(p, q) }
  return {
    'exponent by λ(n)': rsaWith({ d: byLambda }),
    'exponent by φ(n)': rsaWith({ d: byPhi }),
    'exponent above λ(n)': rsaWith({ d: byLambda + lambda }),
    'the other prime first': rsaWith(swapped),
    'the other prime first, exponent above λ(n)': rsaWith({ ...swapped, d: byLambda + lambda }),
  }
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b)
}

/** By the extended algorithm of Euclid. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [previous, current, left, right] = [modulus, value % modulus, 0n, 1n]
  while (current > 0n) {
    const quotient = previous / current
    ;[previous, current] = [current, previous % current]
    ;[left, right] = [right, left - quotient * right]
  }
  return ((left % modulus) + modulus) % modulus
}
