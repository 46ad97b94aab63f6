import type { PolicyFault, PolicyKind } from '../contract.ts'
import type { PolicyDocument } from '../document.ts'
import { type ParsedPolicy, parsePolicy } from '../parse.ts'
import { keyPolicyFault } from './key-policy-rules.ts'
import { repeatedSid } from './repeated-sid.ts'
import { principalFault } from './principal-rules.ts'
import { partitionedResourceFault, resourceFault } from './resource-rules.ts'
import { trustPolicyFault } from './trust-policy-rules.ts'

type Rule = (policy: PolicyDocument) => PolicyFault | undefined

/** What AWS refuses although the language has it, by what a document is for. */
const RULES: Readonly<Record<PolicyKind, readonly Rule[]>> = {
  identity: [
    (policy) => repeatedSid(policy, 'Statement IDs (SID) in a single policy must be unique.'),
    (policy) => resourceFault(policy) ?? partitionedResourceFault(policy),
  ],
  key: [
    principalFault,
    keyPolicyFault,
    (policy) => repeatedSid(policy, 'The Statement Ids in the policy are not unique'),
    (policy) => resourceFault(policy),
  ],
  trust: [
    principalFault,
    (policy) => repeatedSid(policy, 'The Statement Ids in the policy are not unique'),
    trustPolicyFault,
  ],
}

/**
 * Reads a policy that a request puts, or returns the first fault that AWS finds in it. It has all rules of {@link parsePolicy}, and
 * those that came later: documents of earlier builds do not keep them, and are read without them.
 */
export function acceptPolicy(text: string, kind: PolicyKind): ParsedPolicy {
  const parsed = parsePolicy(text, kind)
  if (parsed.policy === undefined) return parsed
  for (const rule of RULES[kind]) {
    const fault = rule(parsed.policy)
    if (fault !== undefined) return { fault }
  }
  return parsed
}
