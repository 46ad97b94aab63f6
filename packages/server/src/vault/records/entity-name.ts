/** What IAM names beside its id. */
export type EntityKind = PolicyHolder | 'policy' | 'instance-profile'

/** What policies are attached to. */
export type PolicyHolder = 'user' | 'role' | 'group'

/** The body of a row of table `entity_name`: which entity has the name. */
export interface EntityNameRecord {
  entityId: string
  /** As it was given; the row's id has it in lower case, as names differ in more than case. */
  name: string
  path: string
}
