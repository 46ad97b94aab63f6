import type { Random } from '../../platform/random.ts'
import type { Row } from '../storage/store.ts'
import type { DomainKey } from './domain-key.ts'
import { macMessage } from './row-mac.ts'
import { IntegrityError, type SealedAs } from './sealing.ts'

/**
 * Returns the row under the generation `to`: sealed bytes of `from` are sealed again, the MAC is new, and the rest is as it
 * was. The caller has verified the row, or made it. Throws {@link IntegrityError} for sealed bytes that do not open as what
 * their table says they are.
 */
export function movedRow(
  row: Omit<Row, 'generation' | 'mac'>,
  sealedAs: SealedAs | undefined,
  { from, to }: { from: DomainKey; to: DomainKey },
  random: Random,
): Row {
  const sealed = from === to ? row.sealed : resealed(row, sealedAs, { from, to }, random)
  const moved = { ...row, sealed, generation: to.generation }
  return { ...moved, mac: to.rowMac(row.table, macMessage(moved)) }
}

function resealed(
  { table, id, sealed }: Pick<Row, 'table' | 'id' | 'sealed'>,
  sealedAs: SealedAs | undefined,
  { from, to }: { from: DomainKey; to: DomainKey },
  random: Random,
): Uint8Array | null {
  if (sealed === null) return null
  if (sealedAs === undefined) throw new IntegrityError(`the table ${table} does not say what its sealed bytes are`)
  const { purpose, context } = sealedAs
  using secret = from.unseal(purpose, context, sealed)
  if (secret === undefined) throw new IntegrityError(`the sealed bytes of the row ${table} ${id} do not open`)
  return to.seal(purpose, context, secret, random)
}
