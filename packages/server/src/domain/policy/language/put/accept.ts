import type { PolicyFault, PolicyKind } from '../contract.ts'
import type { PolicyDocument } from '../document.ts'
import { type ParsedPolicy, parsePolicy } from '../parse.ts'
import { keyPolicyFault, repeatedSid } from './key-policy-rules.ts'
import { principalFault } from './principal-rules.ts'
import { partitionedResourceFault, resourceFault } from './resource-rules.ts'
import { trustPolicyFault } from './trust-policy-rules.ts'

type Rule = (policy: PolicyDocument) => PolicyFault | undefined

/** What AWS refuses although the language allows it, by the purpose of the policy. */
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
 * Parses a policy from a request, or returns its first fault. Applies all rules of {@link parsePolicy} and the later
 * ones, which policies stored by earlier builds need not follow.
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
