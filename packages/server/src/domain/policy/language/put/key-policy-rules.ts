import type { PolicyFault } from '../contract.ts'
import type { PolicyDocument, Statement } from '../document.ts'
import { RULES } from '../grammar/rules.ts'

/** Condition keys that describe the key itself, in lower case, and their families by prefix. */
const NOT_PERMITTED: readonly RegExp[] = [/^(aws|kms):resourcetag(\/|$)/, /^kms:resourcealiases$/]

/** AWS KMS Developer Guide, "ABAC for AWS KMS" ("IAM policies only"); the text as clients recorded it. */
const KEYS_SENTENCE =
  'These condition keys are not permitted in a key policy: aws:ResourceTag, kms:ResourceTag, kms:ResourceAliases'

/** Returns what KMS refuses in a key policy, in addition to the rules for all policies. */
export function keyPolicyFault({ statements }: PolicyDocument): PolicyFault | undefined {
  return missingElement(statements) ?? allowWithNotPrincipal(statements) ?? keyNotPermitted(statements)
}

/**
 * Since 18 August 2025 KMS refuses statements without Action or NotAction, and without Resource, which never had an effect
 * (AWS Health, "CreateKey, ReplicateKey and PutKeyPolicy").
 */
function missingElement(statements: readonly Statement[]): PolicyFault | undefined {
  for (const { path, actions, resources } of statements) {
    if (actions === undefined) return { path, message: RULES.key.action.sentence }
    if (resources === undefined) return { path, message: RULES.key.resource.sentence }
  }
  return undefined
}

/**
 * IAM User Guide, "NotPrincipal": "Using it with "Effect":"Allow" is not supported". It would allow all principals but
 * a few.
 */
function allowWithNotPrincipal(statements: readonly Statement[]): PolicyFault | undefined {
  const found = statements.find(({ effect, principals }) => effect === 'Allow' && principals?.not)
  return found && { path: `${found.path}.NotPrincipal`, message: 'Allow with NotPrincipal is not allowed.' }
}

function keyNotPermitted(statements: readonly Statement[]): PolicyFault | undefined {
  const conditions = statements.flatMap(({ conditions }) => conditions)
  const found = conditions.find(({ key }) => NOT_PERMITTED.some((one) => one.test(key.toLowerCase())))
  return found && { path: found.path, message: KEYS_SENTENCE }
}

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
