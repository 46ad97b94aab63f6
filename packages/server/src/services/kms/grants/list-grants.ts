import { type Output, type ServiceError, serviceError } from '@keyhold/protocol'
import type { GrantRecord } from '../../../domain/policy/grant-record.ts'
import { body } from '../../../vault/records/entry.ts'
import { readableParty } from '../../../identity/directory/present-names.ts'
import { rootArn } from '../../../identity/accounts/entity-arns.ts'
import { keyArn } from '../../../domain/keys/arns.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import { grantTarget } from '../../../vault/storage/row-ids.ts'
import type { Page, Row } from '../../../vault/storage/store.ts'
import { type Call, operation } from '../../../execution/define.ts'
import { openMarker, sealMarker } from '../../../execution/markers.ts'
import type { Services } from '../../../execution/services.ts'
import { partyArn, rowsOfAll, type WantedParty, wantedParty } from './grant-parties.ts'
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
    const list = kmsList('ListGrants', keys.key.row.id, granteeOf(input) ?? '')
    const after = await openMarker(call, list, Marker)
    const grantee = await wantedGrantee(call)
    const rows = page(await grantRowsOf(call, grantee, { after, limit: Limit + 1 }), Limit)
    const grants = await Promise.all(
      rows.items.map(async (row) => body<GrantRecord>(await services.hierarchy.verify(row))),
    )
    const matching = grants.filter((grant) => grantee?.is(grant.grantee) ?? true)
    return {
      Grants: await grantListEntries(matching, services),
      Truncated: rows.last !== undefined,
      NextMarker: rows.last && (await sealMarker(call, list, rows.last.id)),
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

function grantRowsOf(
  { keys, services: { store } }: ListGrantsCall,
  grantee: WantedParty | undefined,
  wanted: Page,
): Promise<Row[]> {
  if (grantee === undefined) return store.listByOwner('grant', keys.key.row.id, wanted)
  const { region, keyId } = keys.key.value
  const targets = grantee.listedUnder.map((party) => grantTarget(region, keyId, party))
  return rowsOfAll(targets, (target, one) => store.listByTarget('grant', target, one), wanted)
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
