import { openCertificate, publicKeyOf } from '../../audit/certificate.ts'
import { auditVerifier } from '../../crypto/audit-signature.ts'
import type { ShredStatement } from '../../services/keyhold/shred-statement.ts'

/**
 * Returns what a certificate states, if the key in `keyText` signed it: a verifier key of signed notes, or PEM. Needs no
 * data folder.
 */
export function verifyCertificate(certificate: string, keyText: string): ShredStatement | 'no key' | 'not signed' {
  const key = publicKeyOf(keyText)
  if (key === undefined) return 'no key'
  const statement = openCertificate(certificate, auditVerifier(key)) as Partial<ShredStatement> | undefined
  // What the key signs as a certificate is a statement of this form; a later form has another number.
  return statement?.statement === 'keyhold/shred' && statement.version === 1
    ? (statement as ShredStatement)
    : 'not signed'
}
