/** The body of a row of table `account`. */
export interface AccountRecord {
  accountId: string
  createdMs: number
}

/** The body of a row of table `principal`. */
export interface PrincipalRecord {
  principalId: string
  accountId: string
  type: 'IAMUser'
  userName: string
  createdMs: number
}

/** The body of a row of table `access_key`; the secret access key is the row's sealed bytes. */
export interface AccessKeyRecord {
  accessKeyId: string
  principalId: string
  accountId: string
  active: boolean
  createdMs: number
}
