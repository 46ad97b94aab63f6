import type { OperationName } from '@keyhold/protocol'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { rewriteKey } from '../multi-region/related-keys.ts'
import type { Call } from '../../../execution/define.ts'

/** Writes the record of the request's key with `change` applied. */
export function changeKey<N extends OperationName>(
  { keys: { key }, changes }: Pick<Call<N, 'key'>, 'keys' | 'changes'>,
  change: Partial<KeyRecord>,
): KeyRecord {
  return rewriteKey(key, change, changes)
}
