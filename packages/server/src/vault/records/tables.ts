import { accessKeyUseTable } from './access-key-use.ts'
import { accessKeyTable } from './access-key.ts'
import { accountTable } from './account.ts'
import { attachmentTable } from './attachment.ts'
import { auditHeadTable } from './audit-head.ts'
import { backupTable } from './backup.ts'
import { destroyedTable } from './destroyed.ts'
import { entityNameTable } from './entity-name.ts'
import { groupTable } from './group.ts'
import { instanceProfileTable } from './instance-profile.ts'
import { managedPolicyTable } from './managed-policy.ts'
import { membershipTable } from './membership.ts'
import { oidcProviderTable } from './oidc-provider.ts'
import { principalTable } from './principal.ts'
import { quorumRequestTable } from './quorum-request.ts'
import { quorumRuleTable } from './quorum-rule.ts'
import { roleUseTable } from './role-use.ts'
import { settingTable } from './setting.ts'
import { aliasTable } from './alias.ts'
import { grantTable } from './grant.ts'
import { grantNameTable } from './grant-name.ts'
import { keyTable } from './key.ts'
import { keyUseTable } from './key-use.ts'
import { materialTable } from './material.ts'
import { policyTable } from './policy.ts'
import { retirableTable } from './retirable.ts'
import type { RecordTable, Table } from './table.ts'

/** Every table, by its name. */
export const tables = {
  account: accountTable,
  principal: principalTable,
  entity_name: entityNameTable,
  access_key: accessKeyTable,
  access_key_use: accessKeyUseTable,
  role_use: roleUseTable,
  group: groupTable,
  membership: membershipTable,
  managed_policy: managedPolicyTable,
  attachment: attachmentTable,
  instance_profile: instanceProfileTable,
  oidc_provider: oidcProviderTable,
  key: keyTable,
  key_use: keyUseTable,
  policy: policyTable,
  material: materialTable,
  alias: aliasTable,
  grant: grantTable,
  grant_name: grantNameTable,
  retirable: retirableTable,
  audit_head: auditHeadTable,
  setting: settingTable,
  backup: backupTable,
  destroyed: destroyedTable,
  quorum_rule: quorumRuleTable,
  quorum_request: quorumRequestTable,
} satisfies Record<RecordTable, Table<unknown>>

/** The domain whose keys protect a row; `''`, which no domain is called, for an id that lacks the part that names it. */
export function domainOf(table: RecordTable, id: string): string {
  return tables[table].domain(id)
}
