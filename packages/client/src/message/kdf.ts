import { concat, uint16 } from '../base/bytes.ts'
import { isCommitting, SUITES } from './suites.ts'
import type { Suite } from './suites.ts'

const encoder = new TextEncoder()

/** HKDF info for the key commitment. Specification, "HKDF commit key". */
export const COMMITMENT_INFO: Uint8Array = encoder.encode('COMMITKEY')

const DERIVE_LABEL = encoder.encode('DERIVEKEY')
const DERIVE_INFOS: ReadonlyMap<Suite, Uint8Array> = new Map(
  SUITES.filter(isCommitting).map((suite) => [suite, concat([uint16(suite.id), DERIVE_LABEL])]),
)

/** HKDF info for the encryption key. Specification, "HKDF encryption key". */
export function encryptionKeyInfo(suite: Suite, messageId: Uint8Array): Uint8Array {
  return DERIVE_INFOS.get(suite) ?? concat([uint16(suite.id), messageId])
}

const NO_SALT = new Uint8Array(0)

/** HKDF salt: a suite that does not commit has none, which HMAC takes for as many zeros as the hash is long. */
export function saltOf(suite: Suite, messageId: Uint8Array): Uint8Array {
  return isCommitting(suite) ? messageId : NO_SALT
}
