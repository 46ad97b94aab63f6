import type { Iam, IamInputs } from '@keyhold/protocol'
import type { AccessKeyUseRecord, UserRecord } from '../../identity/records.ts'
import { queryOperation } from '../define.ts'
import { noSuchKey } from './access-keys.ts'
import type { Context } from './entities.ts'
import { neededOn } from './needed.ts'

export const getAccessKeyLastUsed = queryOperation<'iam', 'GetAccessKeyLastUsed'>('iam', {
  name: 'GetAccessKeyLastUsed',
  summary: 'Says when, where and for which service an access key was last used.',
  readOnly: true,
  audit: { request: ['AccessKeyId'], response: [] },

  async needs(input, context) {
    const owner = await ownerOf(input, context)
    if (owner) return [await neededOn('GetAccessKeyLastUsed', { kind: 'user', name: owner.userName }, context)]
    // Of a key that is nobody's here, in the words of AWS's denial.
    return [{ action: 'iam:GetAccessKeyLastUsed', resource: `access key ${input.AccessKeyId}` }]
  },

  async run(call) {
    const { AccessKeyId } = call.input
    const owner = await ownerOf(call.input, call)
    if (owner === undefined) throw noSuchKey(AccessKeyId)
    const use = await call.services.accessKeyUses.lastUse(AccessKeyId)
    return { UserName: owner.userName, AccessKeyLastUsed: use ? useView(use) : NEVER }
  },
})

/** AccessKeyLastUsed: "This field displays "N/A"" in both members, and there is no date. */
const NEVER = { ServiceName: 'N/A', Region: 'N/A' }

function useView({ usedMs, service, region }: AccessKeyUseRecord): Iam.AccessKeyLastUsed {
  return { LastUsedDate: new Date(usedMs), ServiceName: service, Region: region }
}

/** The user of the caller's account whose key it is. */
async function ownerOf(
  { AccessKeyId }: IamInputs['GetAccessKeyLastUsed'],
  { caller, services: { directory } }: Context,
): Promise<UserRecord | undefined> {
  const key = await directory.accessKey(AccessKeyId)
  const owner = key && (await directory.principal(key.value.record.principalId))?.value
  return owner?.type === 'IAMUser' && owner.accountId === caller.principal.accountId ? owner : undefined
}
