import type { AccessGrant } from '../../../domain/policy/access.ts'
import { childGrantFault, type WantedGrant } from '../../../domain/policy/grants/rules.ts'
import { parentGrant } from '../../../execution/authorizer/applicable-grants.ts'
import { accessRequest, type KeyQuestion } from '../../../execution/authorizer/access-question.ts'
import type { Authorizer } from '../../../execution/authorizer/authorizer.ts'
import { meteredDecision } from '../../../execution/authorizer/decided.ts'
import type { Services } from '../../../execution/services.ts'

/**
 * Why a caller who may create grants by a grant alone may not create this one: it hands on more than each of the grants that
 * would let them. The first such fault, or nothing where policies allow it by themselves, or one of the grants has no fault.
 *
 * @throws ServiceError as {@link meteredDecision}.
 */
export async function parentFault(
  question: KeyQuestion,
  wanted: WantedGrant,
  { authorizer, services }: { authorizer: Authorizer; services: Services },
): Promise<string | undefined> {
  const { key } = question.found
  if (services.enforcement === 'off' || key === undefined) return undefined
  const asked = await authorizer.question(question)
  const isEnough = (...grants: AccessGrant[]): boolean =>
    meteredDecision(accessRequest({ ...asked, grants }), services).allowed
  if (isEnough()) return undefined
  const enough = asked.grants.filter((grant) => isEnough(grant))
  const accepts = (grant: AccessGrant): boolean => childGrantFault(grant, wanted) === undefined
  const sought = { like: enough, wanted, accepts }
  const parent = enough.find(accepts) ?? (await parentGrant(key.value, accessRequest(asked), sought, services))
  if (parent === undefined) {
    return enough.map((grant) => childGrantFault(grant, wanted))[0] ?? 'no grant allows it'
  }
  authorizer.restsOn(parent)
  return undefined
}
