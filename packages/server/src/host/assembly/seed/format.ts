import {
  ACCESS_KEY,
  GROUP,
  POLICY,
  ROLE,
  type SeedGroup,
  type SeedPolicy,
  type SeedRole,
  type SeedUser,
  USER,
} from './identity-format.ts'
import { GRANT, KEY, REPLICA, type SeedKey } from './key-format.ts'
import { type Kind, listOf, type Member, type Read, shapeOf } from './kinds.ts'
import { account } from './members.ts'

/**
 * Everything that a seed file can say, in one table: what is read, the JSON Schema and the reference page are made of it.
 * What AWS's own rules decide, such as which names a user can have, is left to the operations that a seed calls.
 */

/** The whole file. */
export const SEED = shapeOf('file', {
  accounts: {
    kind: listOf(account),
    says: 'Accounts that exist, beside those that own something in this file.',
    usual: [] as string[],
  },
  policies: { kind: listOf(POLICY), says: 'Managed policies.', usual: [] as SeedPolicy[] },
  groups: { kind: listOf(GROUP), says: 'Groups of users.', usual: [] as SeedGroup[] },
  users: { kind: listOf(USER), says: 'Users.', usual: [] as SeedUser[] },
  roles: { kind: listOf(ROLE), says: 'Roles.', usual: [] as SeedRole[] },
  keys: { kind: listOf(KEY), says: 'KMS keys.', usual: [] as SeedKey[] },
})

/** The mappings of a seed file, in the order of the reference page. */
export const SHAPES: readonly { name: string; kind: DescribedShape }[] = [
  { name: 'file', kind: SEED },
  { name: 'key', kind: KEY },
  { name: 'replica', kind: REPLICA },
  { name: 'grant', kind: GRANT },
  { name: 'user', kind: USER },
  { name: 'access key', kind: ACCESS_KEY },
  { name: 'group', kind: GROUP },
  { name: 'role', kind: ROLE },
  { name: 'policy', kind: POLICY },
]

type DescribedShape = Kind<unknown> & { members: Readonly<Record<string, Member>> }

/** A checked seed file. */
export type Seed = Read<typeof SEED.members>
