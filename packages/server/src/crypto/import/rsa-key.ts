import { checkPrimeSync, createPrivateKey } from 'node:crypto'

/** RFC 8017, A.1.2: the parts of an RSAPrivateKey, in their order. */
const PARTS = ['version', 'n', 'e', 'd', 'p', 'q', 'dP', 'dQ', 'qInv'] as const
type RsaParts = Record<(typeof PARTS)[number], bigint>

/** FIPS 186-5, A.1.1: the public exponent is odd and above 2¹⁶, and below 2²⁵⁶. */
const MIN_EXPONENT = 2n ** 16n
const MAX_EXPONENT = 2n ** 256n

/**
 * Whether the parts of an RSA private key (PKCS #8 DER that OpenSSL could read) belong together. A key whose parts
 * contradict each other signs what does not verify, or gives its factors away with one faulty signature.
 *
 * The numbers are BigInts, which cannot be wiped: for workers, once for each import.
 */
export function rsaKeyFault({ pkcs8 }: { pkcs8: Uint8Array }): 'inconsistent' | undefined {
  const der = Buffer.from(pkcs8.buffer, pkcs8.byteOffset, pkcs8.byteLength)
  const pkcs1 = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'der', type: 'pkcs1' })
  try {
    const values = integers(pkcs1)
    const parts = Object.fromEntries(PARTS.map((name, index) => [name, values[index] ?? 0n])) as RsaParts
    return values.length === PARTS.length && consistent(parts) ? undefined : 'inconsistent'
  } finally {
    pkcs1.fill(0)
  }
}

/** NIST SP 800-56B, 6.4.1.2.3, for keys of two primes. Primality comes last: it takes longest. */
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

/** The INTEGERs of a DER SEQUENCE that holds nothing else. OpenSSL wrote it, so its form is sound. */
function integers(der: Buffer): bigint[] {
  const values: bigint[] = []
  for (let offset = contents(der, 0).start; offset < der.byteLength;) {
    const { start, end } = contents(der, offset)
    values.push(BigInt(`0x${der.toString('hex', start, end)}`))
    offset = end
  }
  return values
}

/** Where the contents of the element at `offset` begin and end (X.690, 8.1.3): short form, or the long one. */
function contents(der: Buffer, offset: number): { start: number; end: number } {
  const first = der.readUInt8(offset + 1)
  if (first < 0x80) return { start: offset + 2, end: offset + 2 + first }
  const lengthBytes = first & 0x7f
  const start = offset + 2 + lengthBytes
  return { start, end: start + der.readUIntBE(offset + 2, lengthBytes) }
}
