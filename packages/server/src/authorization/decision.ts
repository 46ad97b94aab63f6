/** What was decided, and by which layer. The reason is for the audit log, not for the caller. */
export type Decision = { allowed: true; reason: string } | { allowed: false; reason: string; sentence: string }

/** Who asks for what. Data only: decisions know no clock and no store. */
export interface AccessRequest {
  principal: { arn: string; accountId: string }
  /** IAM action, such as `kms:Decrypt`. */
  action: string
  /** The account that owns the resource, or `undefined` when nobody can say (the key of a foreign ciphertext). */
  ownerAccountId: string | undefined
  /** How a denial names the resource when its owner is another account. */
  hiddenAs: 'this resource' | 'the resource associated with this ciphertext'
}
