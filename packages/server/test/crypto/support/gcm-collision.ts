import { createCipheriv } from 'node:crypto'

/** How one reader uses AES-256-GCM. */
export interface GcmUse {
  key: Uint8Array
  iv: Uint8Array
  additionalData: Uint8Array
}

/** R of NIST SP 800-38D, section 6.3: 11100001 and 120 zeros. */
const REDUCTION = 0xe1n << 120n

/**
 * Returns a ciphertext of one block and its tag, which verify in both uses: AES-GCM does not commit to its key (Dodis,
 * Grubbs, Ristenpart, Woodage, "Fast Message Franking", CRYPTO 2018, section 3). The tag is E(J0) + GHASH, and GHASH is
 * linear in the block, so equal tags are one equation for it.
 */
export function ciphertextUnderTwoKeys(one: GcmUse, other: GcmUse): Uint8Array {
  const [a, b] = [tagParts(one), tagParts(other)]
  const block = multiply(a.constant ^ b.constant, inverse(a.factor ^ b.factor))
  return Buffer.from(hex(block) + hex(a.constant ^ multiply(block, a.factor)), 'hex')
}

/** The tag of a one-block ciphertext C is `constant` + C · `factor`. */
function tagParts({ key, iv, additionalData }: GcmUse): { constant: bigint; factor: bigint } {
  const h = encryptBlock(key, new Uint8Array(16))
  const mask = encryptBlock(key, Buffer.concat([iv, Uint8Array.of(0, 0, 0, 1)]))
  const lengths = (BigInt(additionalData.byteLength * 8) << 64n) | 128n
  let hash = 0n
  for (let at = 0; at < additionalData.byteLength; at += 16) {
    hash = multiply(hash ^ number(Buffer.concat([additionalData.subarray(at, at + 16), Buffer.alloc(16)], 16)), h)
  }
  const squared = multiply(h, h)
  return { constant: mask ^ multiply(hash, squared) ^ multiply(lengths, h), factor: squared }
}

/** SP 800-38D, algorithm 1. The leftmost bit is the coefficient of x⁰. */
function multiply(x: bigint, y: bigint): bigint {
  let [product, shifted] = [0n, y]
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) product ^= shifted
    shifted = shifted & 1n ? (shifted >> 1n) ^ REDUCTION : shifted >> 1n
  }
  return product
}

/** x to the power of 2¹²⁸ − 2. */
function inverse(x: bigint): bigint {
  let [result, power] = [1n << 127n, x]
  for (let bit = 1; bit < 128; bit++) {
    power = multiply(power, power)
    result = multiply(result, power)
  }
  return result
}

function encryptBlock(key: Uint8Array, block: Uint8Array): bigint {
  return number(createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block))
}

function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

function hex(value: bigint): string {
  return value.toString(16).padStart(32, '0')
}
