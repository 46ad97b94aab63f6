import type { PolicyKind } from '../contract.ts'

/** Whether a statement has an element, and the message of IAM or KMS if it is missing or not allowed. */
export interface Presence {
  presence: 'required' | 'optional' | 'prohibited'
  sentence: string
}

/** What a statement must, can or must not contain, by the purpose of its policy. */
export interface StatementRules {
  principal: Presence
  notPrincipal: Presence
  action: Presence
  resource: Presence
  /** The only service whose actions are allowed. */
  onlyActions?: { service: string; sentence: string }
  /** IAM: "Statement IDs (SID) must be alpha numeric". */
  plainSid: boolean
}

const NO_PRINCIPALS: Presence = {
  presence: 'prohibited',
  sentence: 'Policy document should not specify a principal.',
}
const NO_KEY_PRINCIPAL = 'Policy contains a statement with no principal.'

/**
 * Sources: IAM User Guide, "Grammar", "NotPrincipal" (none in trust policies), "Resource" (none in trust policies); AWS
 * KMS API Reference, PutKeyPolicy (principals are required). Messages as clients recorded them. A statement of a key
 * policy without Action or Resource is accepted, because earlier builds stored such statements, and has no effect.
 */
export const RULES: Readonly<Record<PolicyKind, StatementRules>> = {
  identity: {
    principal: NO_PRINCIPALS,
    notPrincipal: NO_PRINCIPALS,
    action: { presence: 'required', sentence: 'Policy statement must contain actions.' },
    resource: { presence: 'required', sentence: 'Policy statement must contain resources.' },
    plainSid: true,
  },
  key: {
    principal: { presence: 'required', sentence: NO_KEY_PRINCIPAL },
    notPrincipal: { presence: 'optional', sentence: NO_KEY_PRINCIPAL },
    action: { presence: 'optional', sentence: 'Missing required field Action' },
    resource: { presence: 'optional', sentence: 'Missing required field Resource' },
    plainSid: false,
  },
  trust: {
    principal: { presence: 'required', sentence: 'Missing required field Principal' },
    notPrincipal: {
      presence: 'prohibited',
      sentence: 'AssumeRole policy must not contain NotPrincipal field.',
    },
    action: { presence: 'required', sentence: 'Missing required field Action' },
    resource: { presence: 'prohibited', sentence: 'Has prohibited field Resource' },
    onlyActions: { service: 'sts', sentence: 'AssumeRole policy may only specify STS AssumeRole actions.' },
    plainSid: true,
  },
}
