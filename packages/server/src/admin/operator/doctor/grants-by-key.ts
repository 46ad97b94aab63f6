import { setImmediate } from 'node:timers/promises'
import type { GrantRecord } from '../../../domain/policy/grant-record.ts'
import { grantTable } from '../../../vault/records/grant.ts'
import { keyTable } from '../../../vault/records/key.ts'
import type { Examined } from './check.ts'

/** Few, because a page is read and authenticated at once while requests wait. */
const ROWS_PER_PAGE = 50

/** The relevant grants on one key: those of other accounts, and those that pass on the permission to create grants. */
export interface KeyWithGrants {
  region: string
  keyId: string
  /** The account that owns the key. */
  accountId: string
  issuedElsewhere: GrantRecord[]
  handingOn: GrantRecord[]
}

/**
 * Yields every key that has grants of other accounts. Reads grants in the order of their ids, which start with the
 * key's id, so that at most one key's grants are in memory: 50,000.
 */
export async function* keysWithForeignGrants(examined: Examined): AsyncGenerator<KeyWithGrants> {
  let current: KeyWithGrants | undefined
  for await (const grant of relevantGrants(examined)) {
    if (current === undefined || keyTable.id(current) !== keyTable.id(grant)) {
      if (current !== undefined && current.issuedElsewhere.length > 0) yield current
      const { region, keyId, accountId } = grant
      current = { region, keyId, accountId, issuedElsewhere: [], handingOn: [] }
    }
    if (isIssuedElsewhere(grant)) current.issuedElsewhere.push(grant)
    if (handsOn(grant)) current.handingOn.push(grant)
  }
  // If the check ends early, the last key's grants can be incomplete, and those that explain the others missing.
  if (current !== undefined && current.issuedElsewhere.length > 0 && !isEnded(examined)) yield current
}

function isEnded({ signal }: Examined): boolean {
  return signal?.aborted === true
}

async function* relevantGrants(examined: Examined): AsyncGenerator<GrantRecord> {
  let after: string | undefined
  for (;;) {
    const page = { ...(after !== undefined && { after }), limit: ROWS_PER_PAGE }
    const grants = await examined.records.list(grantTable, page)
    yield* grants.map(({ value }) => value).filter((grant) => isIssuedElsewhere(grant) || handsOn(grant))
    if (grants.length < ROWS_PER_PAGE || isEnded(examined)) return
    after = grants.at(-1)?.id
    await setImmediate()
  }
}

function isIssuedElsewhere({ issuingAccount, accountId }: GrantRecord): boolean {
  return issuingAccount !== accountId
}

function handsOn({ operations }: GrantRecord): boolean {
  return operations.includes('CreateGrant')
}
