/** What an administrator would call, with its whole input; or what no call can do, in words. */
export type ProposedCall =
  | { service: 'kms' | 'iam' | 'sts'; operation: string; input: Record<string, unknown> }
  | { byHand: string; document: string }

/** A document that is to be edited: what it says, and the call that puts another in its place. */
export interface EditableDocument {
  /** Absent: there is none yet. */
  text?: string
  replace(text: string): ProposedCall
}
