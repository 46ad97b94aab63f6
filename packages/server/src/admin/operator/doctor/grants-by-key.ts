import { setImmediate } from 'node:timers/promises'
import type { GrantRecord } from '../../../domain/policy/grant-record.ts'
import { keyRowId } from '../../../vault/storage/row-ids.ts'
import type { Row } from '../../../vault/storage/store.ts'
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
    if (current === undefined || keyOf(current) !== keyOf(grant)) {
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

/**
 * Authenticates only relevant grants, because that takes longest. An attacker who edits a row to look irrelevant makes
 * the grant inauthentic, so that it cannot be used.
 */
async function* relevantGrants(examined: Examined): AsyncGenerator<GrantRecord> {
  const { store, hierarchy } = examined
  let rows: Row[] = []
  for (;;) {
    const after: string | undefined = rows.at(-1)?.id
    rows = await store.list('grant', { ...(after !== undefined && { after }), limit: ROWS_PER_PAGE })
    for (const row of rows) {
      const grant = JSON.parse(row.body) as GrantRecord
      if (!isIssuedElsewhere(grant) && !handsOn(grant)) continue
      await hierarchy.verify(row)
      yield grant
    }
    if (rows.length < ROWS_PER_PAGE || isEnded(examined)) return
    await setImmediate()
  }
}

function isIssuedElsewhere({ issuingAccount, accountId }: GrantRecord): boolean {
  return issuingAccount !== accountId
}

function handsOn({ operations }: GrantRecord): boolean {
  return operations.includes('CreateGrant')
}

function keyOf({ region, keyId }: Pick<GrantRecord, 'region' | 'keyId'>): string {
  return keyRowId(region, keyId)
}
