import { createPrivateKey, type KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import { type KeySpec, keySpecs } from '../../domain/keys/specs.ts'
import { isPrivateKeyOf } from '../asymmetric/key-pair.ts'
import type { AccountThreads } from '../workers/crypto-threads.ts'
import type { ImportFault } from './fault.ts'
import { acceptMaterial } from './material.ts'

/** How a private key can be encoded: PKCS #8 (RFC 5958), ECPrivateKey (RFC 5915), or RSAPrivateKey (RFC 8017). */
const ENCODINGS = ['pkcs8', 'sec1', 'pkcs1'] as const

/**
 * Returns material that a developer chose for a key, in its stored format, or what is wrong with it. Wipes `given`: the bytes
 * of a secret key, or the DER of a private key. Accepts every spec that is offered, also those that cannot be imported.
 */
export async function acceptChosen(
  spec: KeySpec,
  given: Secret,
  threads: AccountThreads,
): Promise<Secret | ImportFault> {
  const { material } = spec
  if (material.kind === 'secret') return acceptMaterial(spec, given, threads)
  using bytes = given
  const key = readPrivateKey(bytes)
  if (key === undefined) return 'encoding'
  if (material.kind === 'sm2' || key.asymmetricKeyType !== material.keyType) return 'spec'
  const pkcs8 = Secret.of(key.export({ format: 'der', type: 'pkcs8' }))
  return spec.wrappingAlgorithms.length === 0 ? pkcs8 : acceptMaterial(spec, pkcs8, threads)
}

function readPrivateKey(secret: Secret): KeyObject | undefined {
  const { buffer, byteOffset, byteLength } = secret.reveal()
  const key = Buffer.from(buffer, byteOffset, byteLength)
  for (const type of ENCODINGS) {
    try {
      return createPrivateKey({ key, format: 'der', type })
    } catch {
      // Perhaps in the next encoding.
    }
  }
  return undefined
}

/** The spec of a private key in DER; `undefined` for what is no private key, or one that no spec has. Wipes nothing. */
export function specOfPrivateKey(given: Secret): KeySpec | undefined {
  const key = readPrivateKey(given)
  return key && keySpecs().find((spec) => spec.offered && isPrivateKeyOf(spec, key))
}
