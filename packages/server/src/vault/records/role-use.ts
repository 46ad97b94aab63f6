/** The body of a row of table `role_use`: when and where credentials of a role were last used, as far as it is written down. */
export interface RoleUseRecord {
  usedMs: number
  region: string
}
