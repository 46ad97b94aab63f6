import { type ServiceError, serviceError } from '@keyhold/protocol'
import type { GrantRecord } from '../../authorization/grant-record.ts'
import { body } from '../../directory/directory.ts'
import type { Entry } from '../../directory/table-cache.ts'
import type { KeyRecord } from '../../keys/record.ts'
import { grantRowId } from '../../storage/row-ids.ts'
import type { Services } from '../services.ts'

/** Lower-case hexadecimal, as CreateGrant makes them. */
const GRANT_ID = /^[0-9a-f]{64}$/

/** One grant on a key, read from the store. Throws InvalidGrantIdException or NotFoundException. */
export async function requireGrant(
  { region, keyId }: Pick<KeyRecord, 'region' | 'keyId'>,
  grantId: string,
  { store, hierarchy }: Pick<Services, 'store' | 'hierarchy'>,
): Promise<Entry<GrantRecord>> {
  if (!GRANT_ID.test(grantId)) throw serviceError('InvalidGrantIdException', `Invalid grant id '${grantId}'`)
  const row = await store.get('grant', grantRowId(region, keyId, grantId))
  if (row === undefined) throw noGrant(grantId)
  return { row, value: body<GrantRecord>(await hierarchy.verify(row)) }
}

function noGrant(grantId: string): ServiceError {
  return serviceError('NotFoundException', `Grant ID ${grantId} not found`)
}
