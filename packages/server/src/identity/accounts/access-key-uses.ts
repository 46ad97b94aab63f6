import type { Hierarchy } from '../../vault/hierarchy/hierarchy.ts'
import { LastUses } from '../../vault/records/last-uses.ts'
import type { Records } from '../../vault/records/records.ts'
import type { Store } from '../../vault/storage/store.ts'
import type { AccessKeyUseRecord } from '../../vault/records/access-key-use.ts'

/** When and for what each access key was last used. Only requests that were authenticated with one are noted. */
export class AccessKeyUses extends LastUses<AccessKeyUseRecord> {
  constructor(dependencies: { store: Store; hierarchy: Hierarchy; records: Records }) {
    super({ used: 'access_key', uses: 'access_key_use' }, dependencies)
  }
}
