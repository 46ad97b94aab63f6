import type { KeyRecord } from './record.ts'

/** Everything the service knows about one key spec. */
export interface KeySpec {
  name: KeyRecord['spec']
  usages: readonly KeyRecord['usage'][]
  /** The usage of a key that was created without one; absent where CreateKey must name it. */
  defaultUsage?: KeyRecord['usage']
  encryptionAlgorithms: readonly 'SYMMETRIC_DEFAULT'[]
  materialBytes: number
}

const SPECS: Readonly<Record<string, KeySpec>> = Object.freeze({
  // AES-256-GCM. Source: AWS KMS Developer Guide, "SYMMETRIC_DEFAULT key spec".
  SYMMETRIC_DEFAULT: {
    name: 'SYMMETRIC_DEFAULT',
    usages: ['ENCRYPT_DECRYPT'],
    defaultUsage: 'ENCRYPT_DECRYPT',
    encryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    materialBytes: 32,
  },
})

/** The row for a spec, or `undefined` where this server does not make such keys. */
export function keySpec(name: string): KeySpec | undefined {
  return Object.hasOwn(SPECS, name) ? SPECS[name] : undefined
}
