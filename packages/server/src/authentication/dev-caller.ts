import type { Caller } from '../identity/caller.ts'
import { readAuthorization } from './claim.ts'
import { groupHeaders } from './headers.ts'
import type { RawRequest } from './raw-request.ts'
import { wrongRegion, wrongService } from './refusals.ts'
import { isRegion } from './region.ts'

const DEFAULT_ACCOUNT = '000000000000'

/**
 * The caller of a development server, which takes anybody's word: no signature is verified. An access key id of
 * twelve digits names the account. Throws AWS's error when there is no readable Authorization header or when its scope
 * names no region or another service.
 */
export async function devCaller(request: RawRequest): Promise<Caller> {
  const { accessKeyId, region, service } = readAuthorization(groupHeaders(request.rawHeaders))
  if (!isRegion(region)) throw wrongRegion(region)
  if (service !== 'kms') throw wrongService('kms')
  const accountId = /^\d{12}$/.test(accessKeyId) ? accessKeyId : DEFAULT_ACCOUNT
  const arn = `arn:aws:iam::${accountId}:root`
  return { principal: { principalId: accountId, accountId, arn, type: 'Root' }, accessKeyId, region, service }
}
