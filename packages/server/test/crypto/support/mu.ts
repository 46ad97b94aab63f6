import { createHash, type KeyObject } from 'node:crypto'
import { spki } from './keys.ts'

/** Bytes of the public keys of ML-DSA (FIPS 204, table 2). */
const PUBLIC_KEY_BYTES: Readonly<Record<string, number>> = { 'ml-dsa-44': 1312, 'ml-dsa-65': 1952, 'ml-dsa-87': 2592 }

/** µ of FIPS 204, algorithm 2, line 10 and algorithm 7, line 6: H(H(pk, 64) ‖ 0 ‖ |ctx| ‖ M, 64) with an empty ctx. */
export function messageRepresentative(publicKey: KeyObject, message: Uint8Array): Buffer {
  const bytes = PUBLIC_KEY_BYTES[publicKey.asymmetricKeyType ?? ''] ?? 0
  const tr = shake256(spki(publicKey).subarray(-bytes))
  return shake256(Buffer.concat([tr, Buffer.of(0, 0), message]))
}

function shake256(data: Uint8Array): Buffer {
  return createHash('shake256', { outputLength: 64 }).update(data).digest()
}
