import type { AccessGrant, GrantParty } from './access.ts'

/** A grant in storage: the body of a row of table `grant`. */
export interface GrantRecord extends AccessGrant {
  /** `''` if the grant has no name. */
  name: string
  /** Whether the grantee is a service, and whether the retiring principal is one. */
  granteeIsService?: boolean
  retiring?: GrantParty
  retiringIsService?: boolean
  /** The account that issued the grant. For a child grant, the account of the parent's grantee. */
  issuingAccount: string
  createdMs: number
  /**
   * The grant's rows are listed under the immutable ids of its parties, if they have any. Absent in grants of earlier
   * builds, which are listed under ARNs.
   */
  byIds?: true
  /**
   * The time from which the grant is effective without its grant token. A server can be configured to delay grants, as
   * AWS sometimes does.
   */
  visibleMs: number
}
