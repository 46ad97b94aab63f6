import type { OperationName } from '@keyhold/protocol'
import type { KeyRecord } from '../../keys/record.ts'
import { keyRow } from '../../lifecycle/new-key.ts'
import type { Call } from '../define.ts'

/** Writes the key's record with `change` over it. Nothing is written when nothing differs. */
export async function changeKey<N extends OperationName>(
  { keys: { key }, services, changes }: Pick<Call<N, 'key'>, 'keys' | 'services' | 'changes'>,
  change: Partial<KeyRecord>,
): Promise<KeyRecord> {
  const record = { ...key.value, ...change }
  changes.update(await keyRow(services.hierarchy, record, key.row.version + 1))
  return record
}
