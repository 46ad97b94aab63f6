import { serviceError } from '@keyhold/protocol'
import type { GrantRecord } from '../../../domain/policy/grant-record.ts'
import type { KeyName } from '../../../domain/keys/record.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import { grantTable } from '../../../vault/records/grant.ts'
import type { Services } from '../../../execution/services.ts'

/** Lower-case hexadecimal, as CreateGrant returns them. */
const GRANT_ID = /^[0-9a-f]{64}$/

/** Reads a grant on a key from the store. Throws InvalidGrantIdException or NotFoundException. */
export async function requireGrant(
  { region, keyId }: KeyName,
  grantId: string,
  { records }: Pick<Services, 'records'>,
): Promise<Authentic<GrantRecord>> {
  if (!GRANT_ID.test(grantId)) throw serviceError('InvalidGrantIdException', `Invalid grant id '${grantId}'`)
  const grant = await records.get(grantTable, { region, keyId, grantId })
  if (grant === undefined) throw serviceError('NotFoundException', `Grant ID ${grantId} not found`)
  return grant
}
