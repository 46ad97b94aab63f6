import { parseArn, type ServiceError, serviceError } from '@keyhold/protocol'
import {
  type Approver,
  QUORUM_PROTECTIONS,
  type QuorumProtection,
  type QuorumRule,
} from '../../../domain/policy/quorum.ts'
import { type QueryCall, queryOperation } from '../../../execution/define.ts'
import type { QuorumUse } from '../../../execution/quorum/use.ts'
import type { Caller } from '../../../identity/accounts/caller.ts'
import { nameInArn, principalArn } from '../../../identity/accounts/entity-arns.ts'
import { accountTable } from '../../../vault/records/account.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import { quorumRuleTable } from '../../../vault/records/quorum-rule.ts'
import { everyRow } from '../../../vault/storage/page.ts'
import { ruleArn } from './arns.ts'
import { ruleView } from './views.ts'

/** How many rules an account can have: each destructive call reads all of them. */
const MOST_RULES = 20
/** A day. */
const USUAL_MINUTES = 1440
/** DISABLING only where a rule says so: to disable a key is what one does first when it leaks. */
const USUAL_PROTECTS: readonly QuorumProtection[] = ['DESTRUCTION', 'POLICY', 'OPERATOR']

/** A rule that exists is changed and removed by the quorum that it asks for, by the root of the account too. */
const BY_ITS_OWN_QUORUM: QuorumUse<{ RuleName: string }> = {
  protection: 'always',
  concerns: ({ ruleName }, { input }) => ruleName === input.RuleName,
}

type PutCall = QueryCall<'keyhold', 'PutQuorumRule'>

export const putQuorumRule = queryOperation<'keyhold', 'PutQuorumRule'>('keyhold', {
  name: 'PutQuorumRule',
  summary:
    'Demands that several named approvers approve destructive operations on keys of the account. To change a rule needs its ' +
    'own quorum.',
  readOnly: false,
  afterRollback: 'again',
  audit: {
    request: [
      'RuleName',
      'NeededApprovals',
      'Approvers',
      'Protects',
      'KeyArns',
      'KeyTags',
      'ApprovalMinutes',
      'RequesterMayApprove',
    ],
    response: [],
  },
  quorum: BY_ITS_OWN_QUORUM,
  check: ({ NeededApprovals, Approvers, KeyArns = [], KeyTags = [], Protects = [] }) => {
    const distinct = new Set(Approvers)
    if (distinct.size < Approvers.length) return invalid('Approvers must be different from each other.')
    if (NeededApprovals > distinct.size) return invalid('NeededApprovals must be at most the number of Approvers.')
    if (KeyArns.length + KeyTags.length === 0) return invalid('Name keys by KeyArns or KeyTags; all are "*".')
    if (Protects.some((name) => !isProtection(name)))
      return invalid(`Protects can be: ${QUORUM_PROTECTIONS.join(', ')}.`)
    return undefined
  },
  needs: ({ RuleName }, { caller }) => [needed('PutQuorumRule', RuleName, caller)],

  async run(call) {
    const { services, changes, caller } = call
    const { accountId } = caller.principal
    const before = await storedRule(call)
    const rule: QuorumRule = { ...wanted(call), approvers: await approversNamed(call) }
    if (before === undefined) {
      const present = await services.records.listByOwner(quorumRuleTable, { accountId }, { limit: MOST_RULES })
      if (present.length >= MOST_RULES) {
        throw serviceError('LimitExceededException', `An account can have at most ${MOST_RULES} quorum rules.`)
      }
      changes.insert(quorumRuleTable, rule)
    } else changes.update(before, rule)
    await touchAccount(call)
    return { Rule: ruleView(rule) }
  },
})

export const deleteQuorumRule = queryOperation<'keyhold', 'DeleteQuorumRule'>('keyhold', {
  name: 'DeleteQuorumRule',
  summary: 'Removes a quorum rule. Needs the quorum of that rule.',
  readOnly: false,
  afterRollback: { lost: 'The rule is there again, and protects what it did: remove it again.' },
  audit: { request: ['RuleName'], response: [] },
  quorum: BY_ITS_OWN_QUORUM,
  needs: ({ RuleName }, { caller }) => [needed('DeleteQuorumRule', RuleName, caller)],

  async run(call) {
    const stored = await storedRule(call)
    if (stored === undefined) throw serviceError('NotFoundException', `There is no quorum rule ${call.input.RuleName}.`)
    call.changes.delete(stored)
    await touchAccount(call)
    return { RuleName: call.input.RuleName }
  },
})

export const listQuorumRules = queryOperation<'keyhold', 'ListQuorumRules'>('keyhold', {
  name: 'ListQuorumRules',
  summary: 'Returns the quorum rules of the account.',
  readOnly: true,
  audit: { request: [], response: [] },
  needs: () => [{ action: 'keyhold:ListQuorumRules', resource: '*' }],

  async run({ caller, services: { records } }) {
    const { accountId } = caller.principal
    const rules = await Array.fromAsync(everyRow((page) => records.listByOwner(quorumRuleTable, { accountId }, page)))
    return { Rules: rules.map(({ value }) => ruleView(value)) }
  },
})

function needed(action: string, ruleName: string, { principal }: Caller): { action: string; resource: string } {
  return { action: `keyhold:${action}`, resource: ruleArn(principal.accountId, ruleName) }
}

function storedRule({
  input: { RuleName: ruleName },
  caller,
  services,
}: Pick<PutCall, 'caller' | 'services'> & { input: { RuleName: string } }): Promise<Authentic<QuorumRule> | undefined> {
  return services.records.get(quorumRuleTable, { accountId: caller.principal.accountId, ruleName })
}

/** Writes the account's row unchanged: whatever was decided by the rules as they were conflicts with this. */
async function touchAccount({
  caller,
  services,
  changes,
}: Pick<PutCall, 'caller' | 'services' | 'changes'>): Promise<void> {
  const account = await services.records.get(accountTable, { accountId: caller.principal.accountId })
  if (account === undefined) throw invalid('Only an account that the operator made can have quorum rules.')
  changes.update(account, account.value)
}

function wanted({ input, caller }: PutCall): Omit<QuorumRule, 'approvers'> {
  const { RuleName, NeededApprovals, Protects, KeyArns = [], KeyTags = [] } = input
  return {
    accountId: caller.principal.accountId,
    ruleName: RuleName,
    needed: NeededApprovals,
    protects: Protects?.filter(isProtection) ?? USUAL_PROTECTS,
    keyArns: KeyArns,
    keyTags: KeyTags,
    approvalMinutes: input.ApprovalMinutes ?? USUAL_MINUTES,
    requesterMayApprove: input.RequesterMayApprove ?? false,
  }
}

/** Users and roles of the account, by their ids: another who gets the name later approves nothing. */
async function approversNamed({ input, caller, services: { directory } }: PutCall): Promise<Approver[]> {
  const { accountId } = caller.principal
  return Promise.all(
    input.Approvers.map(async (arn) => {
      const parsed = parseArn(arn)
      const [user, role] = [nameInArn('user', parsed), nameInArn('role', parsed)]
      const name = (user ?? role)?.name
      const kind = user ? 'user' : 'role'
      const entity = name === undefined ? undefined : await directory.entityName({ accountId, kind, name })
      const stored = entity && (await directory.principal(entity.value.entityId))
      if (stored && principalArn(stored.value) === arn) return { principalId: stored.value.principalId, arn }
      throw invalid(`${arn} is not the ARN of a user or role of this account.`)
    }),
  )
}

function isProtection(name: string): name is QuorumProtection {
  return QUORUM_PROTECTIONS.some((protection) => protection === name)
}

function invalid(message: string): ServiceError {
  return serviceError('ValidationException', message)
}
