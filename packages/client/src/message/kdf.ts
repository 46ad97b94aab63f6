import { concat, uint16 } from './bytes.ts'
import type { Suite } from './suites.ts'

const encoder = new TextEncoder()

/** HKDF info for the key commitment. Specification, "HKDF commit key". */
export const COMMITMENT_INFO: Uint8Array = encoder.encode('COMMITKEY')

const DERIVE_LABEL = encoder.encode('DERIVEKEY')

/** HKDF info for the encryption key of a committing suite. Specification, "HKDF encryption key". */
export function encryptionKeyInfo(suite: Suite): Uint8Array {
  return concat([uint16(suite.id), DERIVE_LABEL])
}
