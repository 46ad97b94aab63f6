import { createHmac, type KeyObject } from 'node:crypto'
import type { MacAlgorithm } from '../domain/keys/algorithms.ts'
import { equalInConstantTime } from './constant-time.ts'

/** HMAC (RFC 2104, FIPS 198-1), not truncated. */
export function generateMac(key: KeyObject, { hash }: MacAlgorithm, message: Uint8Array): Uint8Array {
  return createHmac(hash, key).update(message).digest()
}

/** Returns whether `mac`, which can be any bytes, is the MAC of the message. */
export function verifyMac(key: KeyObject, algorithm: MacAlgorithm, message: Uint8Array, mac: Uint8Array): boolean {
  return equalInConstantTime(generateMac(key, algorithm, message), mac)
}
