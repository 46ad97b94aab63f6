import { type Output, type ServiceError, serviceError } from '@keyhold/protocol'
import type { GrantRecord } from '../../../domain/policy/grant-record.ts'
import { readableParty } from '../../../identity/directory/present-names.ts'
import { rootArn } from '../../../identity/accounts/entity-arns.ts'
import { keyArn } from '../../../domain/keys/arns.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import { grantTable } from '../../../vault/records/grant.ts'
import type { Page } from '../../../vault/storage/page.ts'
import { type Call, operation } from '../../../execution/define.ts'
import { openMarker, sealMarker } from '../../../execution/markers.ts'
import type { Services } from '../../../execution/services.ts'
import { listedUnderAll, partyArn, type WantedParty, wantedParty } from './grant-parties.ts'
import { requireGrant } from './grant-rules.ts'
import { limitFault, kmsList, page } from '../pages.ts'
import { managedKey } from '../targets.ts'

/** Source: AWS KMS API Reference, ListGrants: 1 to 100 grants, 50 by default. */
export const GRANT_LIMIT = { usual: 50, most: 100 }

/** A grant in the response of a list operation. */
export type GrantListEntry = NonNullable<Output<'ListGrants'>['Grants']>[number]

export const listGrants = operation<'ListGrants', 'key'>({
  name: 'ListGrants',
  summary: 'Lists the grants of a KMS key.',
  readOnly: true,
  keys: { key: managedKey(STATE_RULES.any) },
  crossAccount: 'yes',
  grantable: false,
  rate: 100,
  about: 'grants',
  audit: {
    request: ['KeyId', 'GrantId', 'GranteePrincipal', 'GranteeServicePrincipal', 'Limit', 'Marker'],
    response: [],
  },

  check: ({ Limit, GranteePrincipal, GranteeServicePrincipal }) =>
    limitFault(Limit, GRANT_LIMIT.most) ?? filterFault(GranteePrincipal, GranteeServicePrincipal),

  async run(call) {
    const { input, keys, services } = call
    if (input.GrantId !== undefined) return onlyGrant(call, input.GrantId)
    const { Limit = GRANT_LIMIT.usual, Marker } = input
    const list = kmsList('ListGrants', keys.key.id, granteeOf(input) ?? '')
    const after = await openMarker(call, list, Marker)
    const grantee = await wantedGrantee(call)
    const listed = page(await grantsOf(call, grantee, { after, limit: Limit + 1 }), Limit)
    const grants = listed.items.map(({ value }) => value)
    const matching = grants.filter((grant) => grantee?.is(grant.grantee) ?? true)
    return {
      Grants: await grantListEntries(matching, services),
      Truncated: listed.last !== undefined,
      NextMarker: listed.last && (await sealMarker(call, list, listed.last.id)),
    }
  },
})

type ListGrantsCall = Call<'ListGrants', 'key'>

async function onlyGrant(call: ListGrantsCall, grantId: string): Promise<Output<'ListGrants'>> {
  const { keys, services } = call
  const { value } = await requireGrant(keys.key.value, grantId, services)
  const matches = (await wantedGrantee(call))?.is(value.grantee) ?? true
  return { Grants: await grantListEntries(matches ? [value] : [], services), Truncated: false }
}

async function wantedGrantee({ input, services }: ListGrantsCall): Promise<WantedParty | undefined> {
  const grantee = granteeOf(input)
  return grantee === undefined ? undefined : wantedParty(grantee, services)
}

function granteeOf({ GranteePrincipal, GranteeServicePrincipal }: ListGrantsCall['input']): string | undefined {
  return GranteeServicePrincipal ?? (GranteePrincipal === undefined ? undefined : partyArn(GranteePrincipal))
}

function grantsOf(
  { keys, services: { records } }: ListGrantsCall,
  grantee: WantedParty | undefined,
  wanted: Page,
): Promise<Authentic<GrantRecord>[]> {
  const { region, keyId } = keys.key.value
  if (grantee === undefined) return records.listByOwner(grantTable, { region, keyId }, wanted)
  const list = (party: string, one: Page): Promise<Authentic<GrantRecord>[]> =>
    records.listByTarget(grantTable, { region, keyId, grantee: { arn: party } }, one)
  return listedUnderAll(grantee.listedUnder, list, wanted)
}

function filterFault(principal: string | undefined, service: string | undefined): ServiceError | undefined {
  return principal !== undefined && service !== undefined
    ? serviceError('ValidationException', 'Specify either GranteePrincipal or GranteeServicePrincipal, not both.')
    : undefined
}

/** Returns grants in the format of lists, with the current names of their parties. */
export function grantListEntries(
  grants: readonly GrantRecord[],
  { directory }: Pick<Services, 'directory'>,
): Promise<GrantListEntry[]> {
  return Promise.all(
    grants.map(async (grant) => {
      const retiring = grant.retiring && (await readableParty(grant.retiring, directory))
      return grantListEntry(grant, { grantee: await readableParty(grant.grantee, directory), retiring })
    }),
  )
}

/** Source: AWS KMS API Reference, GrantListEntry. */
function grantListEntry(
  grant: GrantRecord,
  { grantee, retiring }: { grantee: string; retiring: string | undefined },
): GrantListEntry {
  const { granteeIsService, retiringIsService, constraints = {} } = grant
  const { encryptionContextEquals, encryptionContextSubset, sourceArn } = constraints
  return {
    KeyId: keyArn(grant),
    GrantId: grant.grantId,
    Name: grant.name,
    CreationDate: new Date(grant.createdMs),
    ...(granteeIsService ? { GranteeServicePrincipal: grantee } : { GranteePrincipal: grantee }),
    ...(retiring !== undefined &&
      (retiringIsService ? { RetiringServicePrincipal: retiring } : { RetiringPrincipal: retiring })),
    IssuingAccount: rootArn(grant.issuingAccount),
    Operations: grant.operations as GrantListEntry['Operations'],
    ...(Object.keys(constraints).length > 0 && {
      Constraints: {
        EncryptionContextEquals: encryptionContextEquals && { ...encryptionContextEquals },
        EncryptionContextSubset: encryptionContextSubset && { ...encryptionContextSubset },
        SourceArn: sourceArn,
      },
    }),
  }
}
