/** The body of a row of table `access_key_use`: when and for what an access key was last used, as far as it is written down. */
export interface AccessKeyUseRecord {
  usedMs: number
  region: string
  service: string
}
