import { checkPrimeSync, createPrivateKey } from 'node:crypto'
import { elementsOf } from './elements.ts'

/** RFC 8017, A.1.2: the parts of an RSAPrivateKey, in their order. */
const PARTS = ['version', 'n', 'e', 'd', 'p', 'q', 'dP', 'dQ', 'qInv'] as const
type RsaParts = Record<(typeof PARTS)[number], bigint>

/** FIPS 186-5, A.1.1: the public exponent is odd and above 2¹⁶, and below 2²⁵⁶. */
const MIN_EXPONENT = 2n ** 16n
const MAX_EXPONENT = 2n ** 256n

/**
 * Converts an imported RSA key (PKCS #8 DER that OpenSSL could read) to its canonical form: the greater prime first,
 * because the primes have no order, and the least private exponent of those that invert the public one (FIPS 186-5,
 * A.1.1; OpenSSL generates keys in this form). Returns `undefined` if the parts do not belong together: such a key
 * makes signatures that do not verify, or reveals its factors with one faulty signature.
 *
 * The numbers are BigInts, which cannot be wiped. For workers, once for each import.
 */
export function rsaKeyFromImported({ pkcs8 }: { pkcs8: Uint8Array }): Uint8Array | undefined {
  const der = Buffer.from(pkcs8.buffer, pkcs8.byteOffset, pkcs8.byteLength)
  const pkcs1 = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'der', type: 'pkcs1' })
  try {
    const values = integers(pkcs1)
    const parts = Object.fromEntries(PARTS.map((name, index) => [name, values[index] ?? 0n])) as RsaParts
    return values.length === PARTS.length && consistent(parts) ? pkcs8Of(inOneForm(parts)) : undefined
  } finally {
    pkcs1.fill(0)
  }
}

/** NIST SP 800-56B, 6.4.1.2.3, for keys of two primes. Tests primality last, because it takes longest. */
function consistent(parts: RsaParts): boolean {
  const { version, e, p, q } = parts
  const sound = version === 0n && e > MIN_EXPONENT && e < MAX_EXPONENT && e % 2n === 1n
  return sound && consistentFactors(parts) && consistentExponents(parts) && checkPrimeSync(p) && checkPrimeSync(q)
}

function consistentFactors({ n, p, q, qInv }: RsaParts): boolean {
  return p > 1n && q > 1n && p !== q && p * q === n && qInv < p && (qInv * q) % p === 1n
}

function consistentExponents({ e, d, p, q, dP, dQ }: RsaParts): boolean {
  const inverts = (exponent: bigint, prime: bigint): boolean => (e * exponent) % (prime - 1n) === 1n
  return inverts(d, p) && inverts(d, q) && dP === d % (p - 1n) && dQ === d % (q - 1n)
}

/** Takes a consistent key. Its exponents are unique modulo the least common multiple of p − 1 and q − 1. */
function inOneForm(parts: RsaParts): RsaParts {
  const [p, q] = parts.p > parts.q ? [parts.p, parts.q] : [parts.q, parts.p]
  const d = parts.d % (((p - 1n) * (q - 1n)) / commonDivisor(p - 1n, q - 1n))
  return { ...parts, d, p, q, dP: d % (p - 1n), dQ: d % (q - 1n), qInv: inverse(q, p) }
}

/** Euclid's algorithm. */
function commonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : commonDivisor(b, a % b)
}

/** Fermat's little theorem, for a prime modulus. */
function inverse(value: bigint, prime: bigint): bigint {
  let [power, base, exponent] = [1n, value % prime, prime - 2n]
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) power = (power * base) % prime
    base = (base * base) % prime
  }
  return power
}

/** The INTEGERs of a DER SEQUENCE that holds nothing else. OpenSSL wrote it, so its format is valid. */
function integers(der: Uint8Array): bigint[] {
  const [sequence] = elementsOf(der) ?? []
  const elements = elementsOf(sequence?.contents ?? new Uint8Array()) ?? []
  return elements.map(({ contents }) => BigInt(`0x${Buffer.from(contents).toString('hex')}`))
}

/** OpenSSL writes the key again, so that all stored keys have the same encoding. */
function pkcs8Of(parts: RsaParts): Uint8Array {
  const der = element(0x30, Buffer.concat(PARTS.map((name) => integer(parts[name]))))
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs1' }).export({ format: 'der', type: 'pkcs8' })
  } finally {
    der.fill(0)
  }
}

/** In the fewest bytes, with a leading zero where the first bit would be a sign (X.690, 8.3). */
function integer(value: bigint): Buffer {
  const digits = value.toString(16)
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
  return element(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes]))
}

/** X.690, 8.1.3: the length in one byte, or as a count and two bytes. OpenSSL accepts the latter for short ones too. */
function element(tag: number, contents: Buffer): Buffer {
  const bytes = contents.byteLength
  const length = bytes < 0x80 ? [bytes] : [0x82, bytes >> 8, bytes & 0xff]
  return Buffer.concat([Buffer.of(tag, ...length), contents])
}
