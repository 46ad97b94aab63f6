import type { KeyObject } from 'node:crypto'
import { type DSA, ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import type { DigestScheme } from './digest-scheme.ts'
import { publicBytes, withSeed } from './raw-key.ts'

/** By the key type of node:crypto. */
const SETS: Readonly<Record<string, DSA>> = Object.freeze({
  'ml-dsa-44': ml_dsa44,
  'ml-dsa-65': ml_dsa65,
  'ml-dsa-87': ml_dsa87,
})

const EXTERNAL_MU = { externalMu: true } as const

/**
 * ML-DSA (FIPS 204) over a message representative µ that the caller computed: algorithms 7 and 8 from the line after µ
 * on. Signing is hedged (3.4): by default, noble mixes in 32 fresh bytes.
 */
export const mlDsaMu: DigestScheme = {
  sign({ key, digest }) {
    const set = setOf(key)
    const { secretKey } = withSeed(key, (seed) => set.keygen(seed))
    try {
      return set.internal.sign(digest, secretKey, EXTERNAL_MU)
    } finally {
      secretKey.fill(0)
    }
  },

  verify({ key, digest }, signature) {
    const set = setOf(key)
    if (signature.byteLength !== set.lengths.signature) return false
    return set.internal.verify(signature, digest, publicBytes(key, set.lengths.publicKey ?? 0), EXTERNAL_MU)
  },
}

function setOf(key: KeyObject): DSA {
  const set = SETS[key.asymmetricKeyType ?? '']
  if (set === undefined) throw new TypeError('not an ML-DSA key')
  return set
}
