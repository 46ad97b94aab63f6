import { createPrivateKey, type KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import type { PairMaterial } from '../../keys/material.ts'
import type { KeySpec } from '../../keys/specs.ts'
import type { AccountThreads } from '../workers/crypto-threads.ts'
import { ecKeyFromImported } from './ec-key.ts'
import type { ImportFault } from './fault.ts'

/**
 * Key material that was unwrapped, in the form in which it is stored, or what is wrong with it. `given` is wiped. The
 * same key gives the same bytes, however its encoding was varied, so that importing it again can be recognised.
 * Source: AWS KMS Developer Guide, "Requirements for imported key material".
 */
export async function acceptMaterial(
  spec: KeySpec,
  given: Secret,
  threads: AccountThreads,
): Promise<Secret | ImportFault> {
  using bytes = given
  const { material } = spec
  if (material.kind === 'secret') return bytes.byteLength === material.bytes ? copyOf(bytes) : 'length'
  if (material.kind === 'sm2' || spec.wrappingAlgorithms.length === 0) return 'spec'
  const key = readPkcs8(bytes)
  if (key === undefined) return 'encoding'
  if (key.asymmetricKeyType !== material.keyType) return 'spec'
  const accepted = await acceptKey(key, material, threads)
  return typeof accepted === 'string' ? accepted : Secret.of(accepted.export({ format: 'der', type: 'pkcs8' }))
}

async function acceptKey(
  key: KeyObject,
  material: PairMaterial,
  threads: AccountThreads,
): Promise<KeyObject | ImportFault> {
  if (material.kind === 'ec') return ecKeyFromImported(key, material)
  if (material.kind !== 'rsa') return key
  if (key.asymmetricKeyDetails?.modulusLength !== material.bits) return 'spec'
  return (await rsaFault(key, threads)) ?? key
}

async function rsaFault(key: KeyObject, threads: AccountThreads): Promise<ImportFault | undefined> {
  using pkcs8 = Secret.of(key.export({ format: 'der', type: 'pkcs8' }))
  return await threads.task('rsaKeyFault', { pkcs8: pkcs8.reveal() })
}

function copyOf(secret: Secret): Secret {
  return Secret.of(Uint8Array.from(secret.reveal()))
}

/** One unencrypted PrivateKeyInfo, in DER or in BER, which OpenSSL reads too. */
function readPkcs8(secret: Secret): KeyObject | undefined {
  const { buffer, byteOffset, byteLength } = secret.reveal()
  try {
    return createPrivateKey({ key: Buffer.from(buffer, byteOffset, byteLength), format: 'der', type: 'pkcs8' })
  } catch {
    return undefined
  }
}
