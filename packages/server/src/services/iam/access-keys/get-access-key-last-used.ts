import type { Iam, IamInputs } from '@keyhold/protocol'
import type { AccessKeyUse } from '../../../vault/records/access-key-use.ts'
import type { UserRecord } from '../../../vault/records/principal.ts'
import { queryOperation } from '../../../execution/define.ts'
import { noSuchKey } from './access-keys.ts'
import type { Context } from '../entities.ts'
import { neededOn } from '../needed.ts'

type Input = IamInputs['GetAccessKeyLastUsed']

export const getAccessKeyLastUsed = queryOperation<'iam', 'GetAccessKeyLastUsed'>('iam', {
  name: 'GetAccessKeyLastUsed',
  summary: 'Returns when, in which Region and for which service an access key was last used.',
  readOnly: true,
  audit: { request: ['AccessKeyId'], response: [] },

  async needs(input, context) {
    const owner = await ownerOf(input, context)
    const denial = denialOf(input, context)
    if (owner === undefined) return [{ action: ACTION, resource: resourceOf(input), denial }]
    return [{ ...(await neededOn('GetAccessKeyLastUsed', { kind: 'user', name: owner.userName }, context)), denial }]
  },

  async run(call) {
    const { AccessKeyId } = call.input
    const owner = await ownerOf(call.input, call)
    if (owner === undefined) throw noSuchKey(AccessKeyId)
    const use = await call.services.accessKeyUses.lastUse(AccessKeyId)
    return { UserName: owner.userName, AccessKeyLastUsed: use ? useView(use) : NEVER }
  },
})

const ACTION = 'iam:GetAccessKeyLastUsed'

function resourceOf({ AccessKeyId }: Input): string {
  return `access key ${AccessKeyId}`
}

/**
 * The same message for every key. A denial that named the user, or the type of policy that denied, would reveal the
 * owner, the account or the existence of the key.
 */
function denialOf(input: Input, { caller: { principal } }: Context): string {
  const denied = `User: ${principal.arn} is not authorized to perform: ${ACTION} on resource: ${resourceOf(input)}`
  return `${denied} because no identity-based policy allows the ${ACTION} action`
}

/** AccessKeyLastUsed: "This field displays "N/A"" in both members, and there is no date. */
const NEVER = { ServiceName: 'N/A', Region: 'N/A' }

function useView({ usedMs, service, region }: AccessKeyUse): Iam.AccessKeyLastUsed {
  return { LastUsedDate: new Date(usedMs), ServiceName: service, Region: region }
}

/** Returns the owner of the key, if it is a user of the caller's account. */
async function ownerOf(
  { AccessKeyId }: Input,
  { caller, services: { directory } }: Context,
): Promise<UserRecord | undefined> {
  const key = await directory.accessKey(AccessKeyId)
  const owner = key && (await directory.principal(key.value.principalId))?.value
  return owner?.type === 'IAMUser' && owner.accountId === caller.principal.accountId ? owner : undefined
}
