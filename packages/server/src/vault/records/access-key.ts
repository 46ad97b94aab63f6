import type { Secret } from '@keyhold/protocol'
import type { SealedAs, SealedBytes, Sealing } from '../hierarchy/sealing.ts'
import type { Authentic } from './authentic.ts'
import { defineTable, global } from './table.ts'

/** A long-term access key. Its secret access key is sealed beside it. */
export interface AccessKeyRecord {
  accessKeyId: string
  principalId: string
  accountId: string
  active: boolean
  createdMs: number
  /** How often the sessions created with it were ended; never, if absent. Sessions of an earlier epoch are refused. */
  sessionEpoch?: number
}

export const accessKeyTable = defineTable({
  name: 'access_key',
  id: ({ accessKeyId }: Pick<AccessKeyRecord, 'accessKeyId'>) => accessKeyId,
  owner: ({ principalId }: Pick<AccessKeyRecord, 'principalId'>) => principalId,
  domain: global,
  read: ({ body }) => JSON.parse(body) as AccessKeyRecord,
  sealedAs: secretSealedAs,
  absence: 'The access key is refused, and so are the sessions that were made with it.',
})

/** Opens the secret access key. Throws {@link IntegrityError} where it is not the one that was sealed for this key. */
export function unsealAccessKey({ id, sealed }: Authentic<AccessKeyRecord>, hierarchy: Sealing): Promise<Secret> {
  if (sealed === undefined) throw new TypeError('an access key row has no sealed secret')
  const { purpose, context } = secretSealedAs(id)
  return hierarchy.unseal('global', purpose, context, sealed)
}

/** Seals the secret access key of the access key with this id. */
export function sealAccessKey(accessKeyId: string, secret: Secret, hierarchy: Sealing): Promise<SealedBytes> {
  const { purpose, context } = secretSealedAs(accessKeyId)
  return hierarchy.seal('global', purpose, context, secret)
}

function secretSealedAs(accessKeyId: string): SealedAs {
  return { purpose: 'access-key', context: [accessKeyId] }
}
