import { defineTable, global } from './table.ts'

/** An account. */
export interface AccountRecord {
  accountId: string
  createdMs: number
}

export const accountTable = defineTable({
  name: 'account',
  id: ({ accountId }: Pick<AccountRecord, 'accountId'>) => accountId,
  domain: global,
  read: ({ body }) => JSON.parse(body) as AccountRecord,
  absence: 'No policy or grant may name the account, and operators do not list it. What is in it remains.',
})
