import { type AccessKeyRecord, accessKeyTable } from '../../vault/records/access-key.ts'
import { type AccessKeyUse, type AccessKeyUseRecord, accessKeyUseTable } from '../../vault/records/access-key-use.ts'
import { LastUses } from '../../vault/records/last-uses.ts'
import type { Records } from '../../vault/records/records.ts'

/** When and for which service each access key was last used. Only authenticated requests count. */
export class AccessKeyUses extends LastUses<AccessKeyRecord, AccessKeyUse, AccessKeyUseRecord> {
  constructor({ records }: { records: Records }) {
    const recordOf = ({ accessKeyId, principalId }: AccessKeyRecord, use: AccessKeyUse): AccessKeyUseRecord => ({
      accessKeyId,
      principalId,
      ...use,
    })
    super({ used: accessKeyTable, uses: accessKeyUseTable, recordOf }, records)
  }
}
