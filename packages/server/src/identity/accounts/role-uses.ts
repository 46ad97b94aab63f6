import type { Hierarchy } from '../../vault/hierarchy/hierarchy.ts'
import { LastUses } from '../../vault/records/last-uses.ts'
import type { Records } from '../../vault/records/records.ts'
import type { Store } from '../../vault/storage/store.ts'
import type { RoleUseRecord } from '../../vault/records/role-use.ts'

/**
 * When and where each role was last used: "to make an AWS request" (AWS Security Blog, "Identify unused IAM roles and remove
 * them confidently with the last used timestamp"), so that to get a session of it is not a use.
 */
export class RoleUses extends LastUses<RoleUseRecord> {
  constructor(dependencies: { store: Store; hierarchy: Hierarchy; records: Records }) {
    super({ used: 'principal', uses: 'role_use' }, dependencies)
  }
}
