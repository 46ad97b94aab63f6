import { countedApprovals, type QuorumRule, type Signer } from '../../domain/policy/quorum.ts'
import type { Random } from '../../platform/random.ts'
import type { Authentic } from '../../vault/records/authentic.ts'
import { accountTable } from '../../vault/records/account.ts'
import { Changeset, type RowVersion } from '../../vault/records/changeset.ts'
import { type QuorumRequest, quorumRequestTable } from '../../vault/records/quorum-request.ts'
import { quorumRuleTable } from '../../vault/records/quorum-rule.ts'
import type { RecordReader } from '../../vault/records/records.ts'
import { everyRow } from '../../vault/storage/page.ts'
import type { Services } from '../services.ts'
import { rowsInForce } from './approvals.ts'

/** How many requests of an account, and of one requester, can wait at once. */
const MOST_WAITING = { account: 100, requester: 20 }
/** Operators, who make no more than they type, are not kept from helping by what users of the account ask. */
const OPERATOR = 'operator/'

type Sources = Pick<Services, 'clock' | 'directory' | 'enforcement'> & { records: RecordReader; random: Random }

/** A call that rules protect. */
export type Protected = Pick<QuorumRequest, 'accountId' | 'requester' | 'action' | 'resource' | 'input' | 'digest'> & {
  rules: readonly QuorumRule[]
}

/** The state of a protected call. */
export type Settled =
  /** It may be done, once: the changes that were given have it that it is. */
  | { result: 'approved'; request: QuorumRequest }
  /** It waits. `create` has the changes that make it wait, if it did not yet. */
  | { result: 'waits'; request: QuorumRequest; unmet: readonly Unmet[]; create?: Changeset }
  | { result: 'denied'; request: QuorumRequest; by: string }
  | { result: 'too many' }

/** A rule that has too few approvals. */
export interface Unmet {
  rule: QuorumRule
  approvals: number
  /** How many of its approvers the account still has. */
  left: number
}

/**
 * The rules of an account that are about a call. Has `changes` conflict with any change of the account's rules: they write the
 * account's row.
 */
export async function rulesAbout(
  accountId: string,
  isAbout: (rule: QuorumRule) => boolean | Promise<boolean>,
  { records }: { records: RecordReader },
  changes: Changeset,
): Promise<QuorumRule[]> {
  const account = await records.get(accountTable, { accountId })
  changes.require(account ?? { table: accountTable.name, id: accountTable.id({ accountId }), version: 0 })
  const about: QuorumRule[] = []
  for await (const { value } of everyRow((page) => records.listByOwner(quorumRuleTable, { accountId }, page))) {
    if (await isAbout(value)) about.push(value)
  }
  return about
}

/** Finds out the state of a protected call, and adds to `changes` what must hold, and happen, for it to be done exactly once. */
export async function settle(call: Protected, services: Sources, changes: Changeset): Promise<Settled> {
  const nowMs = services.clock.now()
  const { accountId, digest } = call
  const all = await requestsOf(accountId, services)
  const known = all.find(({ value }) => value.digest === digest && value.expiresMs > nowMs)
  if (known === undefined) return begin(call, all, nowMs, services)
  const request = known.value
  if (request.denied) return { result: 'denied', request, by: request.denied.arn }
  const { inForce, rows } = await approvalsInForce(request, services)
  const unmet = await unmetOf(call.rules, request, inForce, services)
  if (unmet.length > 0) return { result: 'waits', request, unmet }
  for (const row of rows) changes.require(row)
  changes.delete(known)
  return { result: 'approved', request }
}

/** Every request of an account that is stored. */
export function requestsOf(
  accountId: string,
  { records }: { records: RecordReader },
): Promise<Authentic<QuorumRequest>[]> {
  return Array.fromAsync(everyRow((page) => records.listByOwner(quorumRequestTable, { accountId }, page)))
}

async function begin(
  call: Protected,
  all: readonly Authentic<QuorumRequest>[],
  nowMs: number,
  services: Sources,
): Promise<Settled> {
  const { rules, ...asked } = call
  const create = new Changeset()
  for (const old of all) if (old.value.expiresMs <= nowMs) create.delete(old)
  if (
    areTooMany(
      all.map(({ value }) => value).filter(({ expiresMs }) => expiresMs > nowMs),
      call.requester,
    )
  ) {
    return { result: 'too many' }
  }
  const minutes = Math.min(...rules.map(({ approvalMinutes }) => approvalMinutes))
  const request: QuorumRequest = {
    ...asked,
    requestId: services.random.uuid(),
    rules: rules.map(({ ruleName }) => ruleName),
    createdMs: nowMs,
    expiresMs: nowMs + minutes * 60_000,
    approvals: [],
  }
  create.insert(quorumRequestTable, request)
  return { result: 'waits', request, unmet: await unmetOf(rules, request, [], services), create }
}

/** What approvers denied takes room from its requester alone, so that they can make room for others. */
function areTooMany(known: readonly QuorumRequest[], { id }: QuorumRequest['requester']): boolean {
  const own = known.filter(({ requester }) => requester.id === id)
  if (own.length >= MOST_WAITING.requester) return true
  const waiting = known.filter(({ denied, requester }) => !denied && !requester.id.startsWith(OPERATOR))
  return waiting.length >= MOST_WAITING.account && !id.startsWith(OPERATOR)
}

async function approvalsInForce(
  request: QuorumRequest,
  services: Sources,
): Promise<{ inForce: Signer[]; rows: RowVersion[] }> {
  const inForce: Signer[] = []
  const all: RowVersion[] = []
  for (const approval of request.approvals) {
    const rows = await rowsInForce(approval, request, services)
    if (rows === undefined) continue
    inForce.push(approval)
    all.push(...rows)
  }
  return { inForce, rows: all }
}

async function unmetOf(
  rules: readonly QuorumRule[],
  { requester }: QuorumRequest,
  inForce: readonly Signer[],
  { directory }: Pick<Sources, 'directory'>,
): Promise<Unmet[]> {
  const all = rules.map((rule) => ({ rule, approvals: countedApprovals(rule, requester, inForce) }))
  const unmet = all.filter(({ rule, approvals }) => approvals < rule.needed)
  return Promise.all(
    unmet.map(async ({ rule, approvals }) => {
      const stored = await Promise.all(rule.approvers.map(({ principalId }) => directory.principal(principalId)))
      return { rule, approvals, left: stored.filter((approver) => approver !== undefined).length }
    }),
  )
}
