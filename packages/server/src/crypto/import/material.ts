import type { KeyObject } from 'node:crypto'
import { copyOfSecret, Secret } from '@keyhold/protocol'
import type { KeySpec } from '../../domain/keys/specs.ts'
import type { AccountThreads } from '../workers/crypto-threads.ts'
import { ecKeyFromImported } from './ec-key.ts'
import type { ImportFault } from './fault.ts'
import { readPkcs8 } from './pkcs8.ts'

/**
 * Returns unwrapped key material in its stored format, or what is wrong with it. Wipes `given`. The same key gives the
 * same bytes, however it was encoded, so that a second import of it is recognised. Source: AWS KMS Developer Guide,
 * "Requirements for imported key material".
 */
export async function acceptMaterial(
  spec: KeySpec,
  given: Secret,
  threads: AccountThreads,
): Promise<Secret | ImportFault> {
  using bytes = given
  const { material } = spec
  if (material.kind === 'secret') return bytes.byteLength === material.bytes ? copyOfSecret(bytes.reveal()) : 'length'
  if (material.kind === 'sm2' || spec.wrappingAlgorithms.length === 0) return 'spec'
  const key = readPkcs8(bytes)
  if (typeof key === 'string') return key
  if (key.asymmetricKeyType !== material.keyType) return 'spec'
  if (material.kind === 'rsa') return acceptRsaKey(key, material.bits, threads)
  const accepted = material.kind === 'ec' ? ecKeyFromImported(key, material) : key
  return typeof accepted === 'string' ? accepted : Secret.of(accepted.export({ format: 'der', type: 'pkcs8' }))
}

async function acceptRsaKey(key: KeyObject, bits: number, threads: AccountThreads): Promise<Secret | ImportFault> {
  if (key.asymmetricKeyDetails?.modulusLength !== bits) return 'spec'
  using pkcs8 = Secret.of(key.export({ format: 'der', type: 'pkcs8' }))
  const accepted = await threads.task('rsaKeyFromImported', { pkcs8: pkcs8.reveal() })
  return accepted === undefined ? 'inconsistent' : Secret.of(accepted)
}
