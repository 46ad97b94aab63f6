import { type Input, parseArn, type ServiceError, serviceError } from '@keyhold/protocol'
import type { GrantRecord } from '../../../domain/policy/grant-record.ts'
import { body } from '../../../vault/records/entry.ts'
import type { Caller } from '../../../identity/accounts/caller.ts'
import { type RetirableRecord, storedGrant } from '../../../vault/records/grant.ts'
import { retirableOwner } from '../../../vault/storage/row-ids.ts'
import type { Page, Row } from '../../../vault/storage/store.ts'
import { type Call, operation } from '../../../execution/define.ts'
import { openMarker, sealMarker } from '../../../execution/markers.ts'
import { partyArn, rowsOfAll, wantedParty } from './grant-parties.ts'
import { limitFault, kmsList, page } from '../pages.ts'
import { GRANT_LIMIT, grantListEntries } from './list-grants.ts'

export const listRetirableGrants = operation<'ListRetirableGrants'>({
  name: 'ListRetirableGrants',
  summary: 'Lists the grants in the Region that a principal can retire, on all KMS keys.',
  readOnly: true,
  crossAccount: 'own principals',
  grantable: false,
  rate: 100,
  about: 'no key',
  audit: { request: ['RetiringPrincipal', 'RetiringServicePrincipal', 'Limit', 'Marker'], response: [] },

  needs: (input, { caller }) => [{ action: 'kms:ListRetirableGrants', resource: authorizedResource(input, caller) }],

  check: ({ Limit, RetiringPrincipal, RetiringServicePrincipal }) =>
    limitFault(Limit, GRANT_LIMIT.most) ?? partyFault(RetiringPrincipal, RetiringServicePrincipal),

  async run(call) {
    const { Limit = GRANT_LIMIT.usual, Marker } = call.input
    const { store } = call.services
    const { region } = call.caller
    const retiring = retiringOf(call.input)
    const mayShow = shownTo(call, retiring)
    const place = kmsList('ListRetirableGrants', retiring)
    const after = await openMarker(call, place, Marker)
    const party = await wantedParty(retiring, call.services)
    const isFor = ({ retiring: named }: GrantRecord): boolean => named !== undefined && party.is(named)
    const owners = party.listedUnder.map((one) => retirableOwner(region, one))
    const list = (owner: string, one: Page): Promise<Row[]> => store.listByOwner('retirable', owner, one)
    const rows = page(await rowsOfAll(owners, list, { after, limit: Limit + 1 }), Limit)
    const found = await Promise.all(rows.items.map((row) => grantOf(row, call)))
    const grants = found
      .filter((grant) => grant !== undefined)
      .filter(isFor)
      .filter(mayShow)
    return {
      Grants: await grantListEntries(grants, call.services),
      Truncated: rows.last !== undefined,
      NextMarker: rows.last && (await sealMarker(call, place, rows.last.id)),
    }
  },
})

/** Returns `undefined` if the grant was revoked after its row was read. */
async function grantOf(
  row: Row,
  { caller: { region }, services }: Call<'ListRetirableGrants', never>,
): Promise<GrantRecord | undefined> {
  const { keyId, grantId } = body<RetirableRecord>(await services.hierarchy.verify(row))
  return (await storedGrant({ region, keyId, grantId }, services))?.value
}

function retiringOf({ RetiringPrincipal = '', RetiringServicePrincipal }: Input<'ListRetirableGrants'>): string {
  return RetiringServicePrincipal ?? partyArn(RetiringPrincipal)
}

/**
 * "The authorized resource in ListRetirableGrants calls is the retiring principal specified in the request." Throws
 * InvalidArnException for a principal of another account. Source: AWS KMS API Reference, ListRetirableGrants.
 */
function authorizedResource(input: Input<'ListRetirableGrants'>, { principal }: Caller): string {
  const retiring = retiringOf(input)
  const isOwn = input.RetiringServicePrincipal !== undefined || parseArn(retiring)?.account === principal.accountId
  if (isOwn) return retiring
  throw serviceError('InvalidArnException', `ARN does not refer to a valid principal: ${retiring}`)
}

/**
 * For a principal of the caller's own account, shows grants on any key. For a service, shows only grants on the
 * account's own keys. Source: AWS KMS API Reference, ListRetirableGrants, "Cross-account use".
 */
function shownTo({ input, caller: { principal } }: Call<'ListRetirableGrants', never>, retiring: string) {
  if (input.RetiringServicePrincipal === undefined) return () => true
  return (grant: GrantRecord): boolean => principal.arn === retiring || grant.accountId === principal.accountId
}

function partyFault(principal: string | undefined, service: string | undefined): ServiceError | undefined {
  return (principal === undefined) === (service === undefined)
    ? serviceError('ValidationException', 'Specify either RetiringPrincipal or RetiringServicePrincipal.')
    : undefined
}
