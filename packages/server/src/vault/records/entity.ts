import type { PolicyReference } from '../../domain/policy/policy-reference.ts'

/** What users, roles and groups have in common. */
export interface EntityRecord {
  accountId: string
  /** `/`, or `/division/team/`. */
  path: string
  createdMs: number
  /** Inline policies by name, as submitted. */
  inline: Readonly<Record<string, string>>
  /**
   * The attached managed policies. This list decides, and a policy in it that is missing is an error. Rows of table
   * `attachment` are only for lookups from a policy, so that removing one cannot remove a deny.
   */
  attached: readonly PolicyReference[]
}

/** Earlier builds referred to managed policies only by ARN. */
type StoredReference = PolicyReference | string

/** What users, roles and groups were stored as by any build. */
export type StoredEntity<T extends EntityRecord> = Omit<T, 'attached' | 'boundary'> & {
  attached: readonly StoredReference[]
  boundary?: StoredReference
}

/** The record with its references as this build has them. */
export function withReferences<T extends EntityRecord>({ attached, boundary, ...rest }: StoredEntity<T>): T {
  const references = { attached: attached.map(readReference), ...(boundary && { boundary: readReference(boundary) }) }
  return { ...rest, ...references } as unknown as T
}

function readReference(stored: StoredReference): PolicyReference {
  return typeof stored === 'string' ? { arn: stored } : stored
}
