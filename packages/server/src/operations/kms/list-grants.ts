import { type Output, type ServiceError, serviceError } from '@keyhold/protocol'
import type { GrantRecord } from '../../authorization/grant-record.ts'
import { body } from '../../directory/directory.ts'
import { rootArn } from '../../identity/entity-arns.ts'
import { keyArn } from '../../keys/arns.ts'
import { STATE_RULES } from '../../keys/states.ts'
import { grantTarget } from '../../storage/row-ids.ts'
import type { Page, Row } from '../../storage/store.ts'
import { type Call, operation } from '../define.ts'
import { openMarker, sealMarker } from '../markers.ts'
import { partyArn } from './grant-parties.ts'
import { requireGrant } from './grant-rules.ts'
import { limitFault } from './limits.ts'
import { kmsList } from './markers.ts'
import { page } from './paginate.ts'
import { managedKey } from './targets.ts'

/** Source: AWS KMS API Reference, ListGrants: 1 to 100 grants, 50 unless asked otherwise. */
export const GRANT_LIMIT = { usual: 50, most: 100 }

export type GrantListEntry = NonNullable<Output<'ListGrants'>['Grants']>[number]

export const listGrants = operation<'ListGrants', 'key'>({
  name: 'ListGrants',
  summary: 'Lists the grants on a KMS key.',
  readOnly: true,
  keys: { key: managedKey(STATE_RULES.any) },
  crossAccount: 'yes',
  grantable: false,
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
    const rows = page(await grantRowsOf(call, { after, limit: Limit + 1 }), Limit)
    const grants = await Promise.all(
      rows.items.map(async (row) => grantListEntry(body<GrantRecord>(await services.hierarchy.verify(row)))),
    )
    return {
      Grants: grants,
      Truncated: rows.last !== undefined,
      NextMarker: rows.last && (await sealMarker(call, list, rows.last.id)),
    }
  },
})

type ListGrantsCall = Call<'ListGrants', 'key'>

async function onlyGrant({ keys, services, input }: ListGrantsCall, grantId: string): Promise<Output<'ListGrants'>> {
  const { value } = await requireGrant(keys.key.value, grantId, services)
  const wanted = granteeOf(input)
  const matches = wanted === undefined || value.grantee.arn === wanted
  return { Grants: matches ? [grantListEntry(value)] : [], Truncated: false }
}

function granteeOf({ GranteePrincipal, GranteeServicePrincipal }: ListGrantsCall['input']): string | undefined {
  return GranteeServicePrincipal ?? (GranteePrincipal === undefined ? undefined : partyArn(GranteePrincipal))
}

function grantRowsOf({ input, keys, services: { store } }: ListGrantsCall, wanted: Page): Promise<Row[]> {
  const grantee = granteeOf(input)
  if (grantee === undefined) return store.listByOwner('grant', keys.key.row.id, wanted)
  const { region, keyId } = keys.key.value
  return store.listByTarget('grant', grantTarget(region, keyId, grantee), wanted)
}

function filterFault(principal: string | undefined, service: string | undefined): ServiceError | undefined {
  return principal !== undefined && service !== undefined
    ? serviceError('ValidationException', 'Specify either GranteePrincipal or GranteeServicePrincipal, not both.')
    : undefined
}

/** A grant as it is listed. Source: AWS KMS API Reference, GrantListEntry. */
export function grantListEntry(grant: GrantRecord): GrantListEntry {
  const { grantee, granteeIsService, retiring, retiringIsService, constraints = {} } = grant
  const { encryptionContextEquals, encryptionContextSubset, sourceArn } = constraints
  return {
    KeyId: keyArn(grant),
    GrantId: grant.grantId,
    Name: grant.name,
    CreationDate: new Date(grant.createdMs),
    ...(granteeIsService ? { GranteeServicePrincipal: grantee.arn } : { GranteePrincipal: grantee.arn }),
    ...(retiring &&
      (retiringIsService ? { RetiringServicePrincipal: retiring.arn } : { RetiringPrincipal: retiring.arn })),
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
