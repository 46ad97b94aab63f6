import type { QuorumRule } from '../../domain/policy/quorum.ts'
import { defineTable, fromJson, global } from './table.ts'

export const quorumRuleTable = defineTable({
  name: 'quorum_rule',
  id: ({ accountId, ruleName }: Pick<QuorumRule, 'accountId' | 'ruleName'>) => `${accountId}/${ruleName}`,
  owner: ({ accountId }: Pick<QuorumRule, 'accountId'>) => accountId,
  domain: global,
  read: fromJson<QuorumRule>,
  absence:
    'What the rule protected needs no approval. A rule that is removed from the database is found by the ledger, before any ' +
    'key is deleted.',
})
