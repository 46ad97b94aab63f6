import type { AccessRequest } from '../domain/policy/access.ts'
import type { OwnConditions } from '../domain/policy/request-facts.ts'
import type { Tag } from '../domain/keys/record.ts'
import type { RowVersion } from '../vault/records/changeset.ts'

/** What a caller must be allowed beside, or instead of, using a key. */
export interface Needed {
  /** With its service: `kms:CreateKey`. */
  action: string
  /** The resource's ARN, or `*`. */
  resource: string
  /** How a denial names the resource, where it is not by the ARN: `role r1`. */
  named?: string
  /** The resource is what the request makes: it has no policy and no tags yet. */
  isNew?: true
  /** Condition keys of this action alone. */
  conditions?: OwnConditions
  /** The tags of the resource. */
  tags?: readonly Tag[]
  /** The rows that this was read from: a change is not committed once another has changed one of them. */
  rows?: readonly RowVersion[]
  /** A role's trust policy, where it takes part; resources have no policy unless given. */
  policy?: AccessRequest['resource']['policy']
  /** What a denied caller is told, where the service has a sentence of its own that says less. */
  denial?: string
}
