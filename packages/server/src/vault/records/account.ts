/** The body of a row of table `account`. */
export interface AccountRecord {
  accountId: string
  createdMs: number
}
