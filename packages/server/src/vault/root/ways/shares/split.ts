import { Secret } from '@keyhold/protocol'
import { combine, split } from 'shamir-secret-sharing'
import { deriveKey } from '../../../../crypto/kdf.ts'
import { intoKeyObject } from '../../../../crypto/secret-key.ts'
import { CHECK_BYTES } from './share.ts'

/**
 * Shamir's secret sharing (Shamir, "How to share a secret", CACM 22(11), 1979) over the field of 256 elements of AES, each byte
 * by itself, by a library that was audited. It draws its randomness from node:crypto itself, and does not wipe its polynomials.
 */

/** Splits a secret into `count` points, of which any `threshold` give it back. The caller wipes them. */
export async function splitSecret(secret: Secret, count: number, threshold: number): Promise<Secret[]> {
  // A copy, as the library takes no Buffer.
  const copy = new Uint8Array(secret.reveal())
  const points = await split(copy, count, threshold)
  copy.fill(0)
  return points.map((point) => Secret.of(point))
}

/** What the points give: the secret, if they are `threshold` of those that {@link splitSecret} made, else anything. */
export async function combinePoints(points: readonly Secret[]): Promise<Secret> {
  const copies = points.map((point) => new Uint8Array(point.reveal()))
  const secret = await combine(copies)
  for (const copy of copies) copy.fill(0)
  return Secret.of(secret)
}

/**
 * The key check value of a secret, in hexadecimal digits: the start of what a one-way function makes of 256 random bits. It says
 * nothing that the way's public recipient does not say, and helps to guess nothing.
 */
export function checkOf(secret: Secret, binding: Uint8Array): string {
  const key = intoKeyObject(Secret.of(new Uint8Array(secret.reveal())))
  const derived = deriveKey(key, 'keyhold/recovery-shares/check', binding)
  return derived.toString('hex', 0, CHECK_BYTES)
}
