import { createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import { siteOf } from '../../domain/keys/spec-algorithms.ts'
import { type KeySpec } from '../../domain/keys/specs.ts'
import type { AccountThreads } from '../workers/crypto-threads.ts'
import { publicKeyDer } from './raw-key.ts'

/**
 * Returns the raw shared secret of ECDH (NIST SP 800-56A, 5.7.1.2): the x-coordinate, as long as the field. Returns
 * `undefined` if `peer` is not the SubjectPublicKeyInfo of a point on the curve of `key`.
 */
export async function deriveSharedSecret(
  { key, spec, peer }: { key: KeyObject; spec: KeySpec; peer: Uint8Array },
  threads: AccountThreads,
): Promise<Secret | undefined> {
  const publicKey = peerKey(key, spec, peer)
  if (publicKey === undefined) return undefined
  const keys = { privateKey: key, publicKey }
  const inline = siteOf('curve', spec) === 'inline'
  return Secret.of(inline ? diffieHellman(keys) : await threads.native<Buffer>((done) => diffieHellman(keys, done)))
}

/**
 * Parses a peer's public key strictly. Everything before the point must equal the encoding of our own key: a named
 * curve, because explicit parameters can describe another curve, and an uncompressed point (RFC 5480, 2.2) with no
 * bytes after it. OpenSSL then checks that the point is on the curve (SP 800-56A, 5.6.2.3.4). Our curves have no points
 * of small order.
 */
function peerKey(key: KeyObject, { material }: KeySpec, peer: Uint8Array): KeyObject | undefined {
  if (material.kind !== 'ec') throw new TypeError('only EC keys agree on a secret')
  const own = publicKeyDer(key)
  const prefix = own.subarray(0, own.byteLength - 2 * material.fieldBytes)
  const given = Buffer.from(peer.buffer, peer.byteOffset, peer.byteLength)
  if (given.byteLength !== own.byteLength || given.indexOf(prefix) !== 0) return undefined
  try {
    return createPublicKey({ key: given, format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}
