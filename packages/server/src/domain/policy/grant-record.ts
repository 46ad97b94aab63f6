import type { AccessGrant, GrantParty } from './access.ts'

/** A grant as it is stored: the body of a row of table `grant`. */
export interface GrantRecord extends AccessGrant {
  /** `''` where none was given. */
  name: string
  /** Whether the grantee, and whether the retiring principal, is a service. */
  granteeIsService?: boolean
  retiring?: GrantParty
  retiringIsService?: boolean
  /** The account that issued it: of a child grant, that of the parent's grantee. */
  issuingAccount: string
  createdMs: number
  /**
   * Its rows are listed under the immutable ids of its parties, where they have any. Absent in grants of earlier builds,
   * which are listed under ARNs.
   */
  byIds?: true
  /** From when on it acts without its token: a server may be told to be slow here, as AWS sometimes is. */
  visibleMs: number
}
