/** A call for an administrator, with its complete input; or an instruction, if no call can do it. */
export type ProposedCall =
  | { service: 'kms' | 'iam' | 'sts'; operation: string; input: Record<string, unknown> }
  | { byHand: string; document: string }

/** A policy to edit: its text, and the call that replaces it. */
export interface EditableDocument {
  /** Absent if the policy does not exist yet. */
  text?: string
  replace(text: string): ProposedCall
}
