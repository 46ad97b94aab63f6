import type { Directory } from '../directory/directory.ts'
import { toPrincipal } from '../identity/principal-arn.ts'
import type { AccessKeys } from './access-keys.ts'

/** The access keys of the data folder, as current as the directory is. */
export function storedAccessKeys(directory: Directory): AccessKeys {
  return {
    async find(accessKeyId) {
      const entry = await directory.accessKey(accessKeyId)
      if (entry === undefined) return undefined
      const principal = await directory.principal(entry.value.record.principalId)
      if (principal === undefined) return undefined
      const { secret, record } = entry.value
      return { secret, principal: toPrincipal(principal.value), active: record.active, version: entry.row.version }
    },
  }
}
