import type { OperationName } from '@keyhold/protocol'
import type { KeyChange, KeyRecord } from '../../../domain/keys/record.ts'
import { rewriteKey } from '../multi-region/related-keys.ts'
import type { Call } from '../../../execution/define.ts'

/** Writes the record of the request's key with `change` applied, which leaves its state as it is. */
export function changeKey<N extends OperationName>(
  { keys: { key }, changes }: Pick<Call<N, 'key'>, 'keys' | 'changes'>,
  change: KeyChange,
): KeyRecord {
  return rewriteKey(key, change, changes)
}
