import { hash as digestOf } from 'node:crypto'
import { DIGEST_BYTES, type HashName } from '../../domain/keys/algorithms.ts'
import { equalInConstantTime } from '../constant-time.ts'

/**
 * Parameters of EMSA-PSS: one hash for all steps, and the length of the encoded message in bits, one less than the
 * modulus.
 */
export interface PssParameters {
  hash: HashName
  encodedBits: number
}

const TRAILER = 0xbc

/**
 * EMSA-PSS-ENCODE (RFC 8017, 9.1.1) from step 3 on. The caller did step 2, the hashing. Throws `RangeError` if the
 * modulus is too short for the hash.
 */
export function encodePss(digest: Uint8Array, salt: Uint8Array, parameters: PssParameters): Uint8Array {
  const { hash, encodedBits } = parameters
  const bytes = Math.ceil(encodedBits / 8)
  const zeros = bytes - salt.byteLength - DIGEST_BYTES[hash] - 2
  if (zeros < 0) throw new RangeError('the modulus is too short for this hash') // step 3
  const block = hashWithSalt(digest, salt, hash) // steps 5 and 6
  const database = Buffer.concat([Buffer.alloc(zeros), Buffer.of(1), salt]) // steps 7 and 8
  const masked = clearTop(xor(database, maskGeneration(block, database.byteLength, hash)), encodedBits) // 9 to 11
  return Buffer.concat([masked, block, Buffer.of(TRAILER)]) // step 12
}

/** EMSA-PSS-VERIFY (RFC 8017, 9.1.2) from step 3 on. The salt must be as long as the hash, as it is for AWS KMS. */
export function verifyPss(digest: Uint8Array, encoded: Uint8Array, parameters: PssParameters): boolean {
  const { hash, encodedBits } = parameters
  const hashBytes = DIGEST_BYTES[hash]
  const databaseBytes = encoded.byteLength - hashBytes - 1
  const saltStart = databaseBytes - hashBytes
  if (saltStart < 1 || encoded.at(-1) !== TRAILER) return false // steps 3 and 4
  const masked = Buffer.from(encoded.subarray(0, databaseBytes)) // step 5
  const block = encoded.subarray(databaseBytes, -1)
  if (!equalInConstantTime(masked, clearTop(Buffer.from(masked), encodedBits))) return false // step 6
  const database = clearTop(xor(masked, maskGeneration(block, databaseBytes, hash)), encodedBits) // steps 7 to 9
  const expectedStart = Buffer.alloc(saltStart)
  expectedStart[saltStart - 1] = 1
  if (!equalInConstantTime(database.subarray(0, saltStart), expectedStart)) return false // step 10
  return equalInConstantTime(block, hashWithSalt(digest, database.subarray(saltStart), hash)) // steps 11 to 14
}

/** H = Hash(eight zeros ‖ mHash ‖ salt). */
function hashWithSalt(digest: Uint8Array, salt: Uint8Array, hash: HashName): Buffer {
  return digestOf(hash, Buffer.concat([Buffer.alloc(8), digest, salt]), 'buffer')
}

/** MGF1 (RFC 8017, B.2.1). */
function maskGeneration(seed: Uint8Array, bytes: number, hash: HashName): Buffer {
  const blocks = Array.from({ length: Math.ceil(bytes / DIGEST_BYTES[hash]) }, (_, counter) => {
    const numbered = Buffer.concat([seed, Buffer.alloc(4)])
    numbered.writeUInt32BE(counter, seed.byteLength)
    return digestOf(hash, numbered, 'buffer')
  })
  return Buffer.concat(blocks).subarray(0, bytes)
}

function xor(left: Uint8Array, right: Uint8Array): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)))
}

/** Clears the bits of the first byte that are above `encodedBits`. Changes `block` in place. */
function clearTop(block: Buffer, encodedBits: number): Buffer {
  block[0] = (block[0] ?? 0) & (0xff >> (8 * Math.ceil(encodedBits / 8) - encodedBits))
  return block
}
