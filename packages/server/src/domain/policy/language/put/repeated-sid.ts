import type { PolicyFault } from '../contract.ts'
import type { PolicyDocument } from '../document.ts'

/**
 * Returns the place of the first repeated Sid. An empty Sid can repeat. Sources: IAM, "Statement IDs (SID) in a single
 * policy must be unique"; AWS Knowledge Center, "kms-policy-error-invalid-principals": "Remove duplicate JSON policy
 * elements and SID values".
 */
export function repeatedSid({ statements }: PolicyDocument, message: string): PolicyFault | undefined {
  const seen = new Set<string>()
  for (const { sid, path } of statements) {
    if (sid === undefined || sid === '') continue
    if (seen.has(sid)) return { path: `${path}.Sid`, message }
    seen.add(sid)
  }
  return undefined
}
