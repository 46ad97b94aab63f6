import type { AccessRequest } from '../domain/policy/access.ts'
import type { OwnConditions } from '../domain/policy/request-facts.ts'
import type { Tag } from '../domain/keys/record.ts'
import type { RowVersion } from '../vault/records/changeset.ts'

/** A permission that a caller needs in addition to using a key, or instead of it. */
export interface Needed {
  /** With its service: `kms:CreateKey`. */
  action: string
  /** The resource's ARN, or `*`. */
  resource: string
  /** How a denial names the resource, if not by the ARN: `role r1`. */
  named?: string
  /** The request creates the resource, so it has no policy and no tags yet. */
  isNew?: true
  /** Condition keys of this action alone. */
  conditions?: OwnConditions
  /** The tags of the resource. */
  tags?: readonly Tag[]
  /** The rows that this was read from. A change is not committed if another writer changed one of them. */
  rows?: readonly RowVersion[]
  /** A role's trust policy, if it takes part. By default, the resource has no policy. */
  policy?: AccessRequest['resource']['policy']
  /** The message for a denied caller, if the service has its own that reveals less. */
  denial?: string
}
