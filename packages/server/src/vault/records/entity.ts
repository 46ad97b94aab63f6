import type { PolicyReference } from '../../domain/policy/policy-reference.ts'

/** What users, roles and groups have in common. */
export interface EntityRecord {
  accountId: string
  /** `/`, or `/division/team/`. */
  path: string
  createdMs: number
  /** Inline policies by name, as they were put. */
  inline: Readonly<Record<string, string>>
  /**
   * The managed policies that are attached. This list decides, and a policy in it that is missing is a fault:
   * rows of table `attachment` only find the way back from a policy, so that to remove one takes no denial away.
   */
  attached: readonly PolicyReference[]
}

/** Earlier builds referred to managed policies by ARN alone. */
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
