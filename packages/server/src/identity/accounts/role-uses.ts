import { LastUses } from '../../vault/records/last-uses.ts'
import { type PrincipalRecord, principalTable } from '../../vault/records/principal.ts'
import type { Records } from '../../vault/records/records.ts'
import { type RoleUse, type RoleUseRecord, roleUseTable } from '../../vault/records/role-use.ts'

/**
 * When and in which Region each role was last used: "to make an AWS request" (AWS Security Blog, "Identify unused IAM
 * roles and remove them confidently with the last used timestamp"), so starting a session of it is not a use.
 */
export class RoleUses extends LastUses<PrincipalRecord, RoleUse, RoleUseRecord> {
  constructor({ records }: { records: Records }) {
    const recordOf = ({ principalId, accountId }: PrincipalRecord, use: RoleUse): RoleUseRecord => ({
      principalId,
      accountId,
      ...use,
    })
    super({ used: principalTable, uses: roleUseTable, recordOf }, records)
  }
}
