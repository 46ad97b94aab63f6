import { equalInConstantTime } from '../../crypto/constant-time.ts'
import { systemRandom } from '../../crypto/random.ts'
import { DomainKey, type PortableDomainKey } from '../hierarchy/domain-key.ts'
import { movedRow } from '../hierarchy/moved-row.ts'
import { macMessage } from '../hierarchy/row-mac.ts'
import { IntegrityError } from '../hierarchy/sealing.ts'
import type { Rewriter } from '../storage/rewriter.ts'
import type { Row } from '../storage/store.ts'
import { tables } from './tables.ts'

/** What a pass is about. */
export interface MoveSettings {
  domain: string
  /** Every generation of the domain. */
  keys: readonly PortableDomainKey[]
}

/**
 * Moves the rows of a domain to its newest generation. The thread that writes loads this file, by the store's contract
 * (storage/rewriter.ts): a row is read, verified, sealed again and written in one transaction, so that no other writer is
 * overtaken, and none has to start over. Which rows belong to the domain and what is sealed in them, the declarations of their
 * tables say.
 */
export function rewriter(settings: unknown): Rewriter {
  const { domain, keys } = settings as MoveSettings
  const generations = new Map(keys.map((key) => [key.generation, new DomainKey(key)]))
  const to = generations.get(Math.max(...generations.keys()))
  if (to === undefined) throw new TypeError(`the domain ${domain} has no key`)
  return (row) => {
    // Domain keys themselves are under the root.
    if (row.table === 'domain_key') return 'keep'
    const table = tables[row.table]
    if (row.generation === to.generation || table?.domain(row.id) !== domain) return 'keep'
    const from = generations.get(row.generation)
    return from === undefined ? 'refused' : moved(row, { from, to })
  }

  function moved(row: Row, keysOfMove: { from: DomainKey; to: DomainKey }): Row | 'refused' {
    if (row.table === 'domain_key') return 'refused'
    if (!equalInConstantTime(row.mac, keysOfMove.from.rowMac(row.table, macMessage(row)))) return 'refused'
    try {
      return movedRow(row, tables[row.table].sealedAs(row.id), keysOfMove, systemRandom)
    } catch (error) {
      if (error instanceof IntegrityError) return 'refused'
      throw error
    }
  }
}
