/** The body of a row of table `access_key`; the secret access key is the row's sealed bytes. */
export interface AccessKeyRecord {
  accessKeyId: string
  principalId: string
  accountId: string
  active: boolean
  createdMs: number
  /** How often the sessions made with it were ended; never, unless given. Sessions of an earlier epoch are refused. */
  sessionEpoch?: number
}
