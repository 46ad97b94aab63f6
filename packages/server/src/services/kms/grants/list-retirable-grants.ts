import { type Input, parseArn, type ServiceError, serviceError } from '@keyhold/protocol'
import type { GrantRecord } from '../../../domain/policy/grant-record.ts'
import type { Caller } from '../../../identity/accounts/caller.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import { grantTable } from '../../../vault/records/grant.ts'
import { type RetirableRecord, retirableTable } from '../../../vault/records/retirable.ts'
import type { Page } from '../../../vault/storage/page.ts'
import { type Call, operation } from '../../../execution/define.ts'
import { openMarker, sealMarker } from '../../../execution/markers.ts'
import { listedUnderAll, partyArn, wantedParty } from './grant-parties.ts'
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
    const { records } = call.services
    const { region } = call.caller
    const retiring = retiringOf(call.input)
    const mayShow = shownTo(call, retiring)
    const place = kmsList('ListRetirableGrants', retiring)
    const after = await openMarker(call, place, Marker)
    const party = await wantedParty(retiring, call.services)
    const isFor = ({ retiring: named }: GrantRecord): boolean => named !== undefined && party.is(named)
    const list = (under: string, one: Page): Promise<Authentic<RetirableRecord>[]> =>
      records.listByOwner(retirableTable, { region, retiring: under }, one)
    const listed = page(await listedUnderAll(party.listedUnder, list, { after, limit: Limit + 1 }), Limit)
    // A grant that was revoked since its way was read is not there.
    const found = await Promise.all(listed.items.map(({ value }) => records.get(grantTable, value)))
    const grants = found
      .flatMap((grant) => grant?.value ?? [])
      .filter(isFor)
      .filter(mayShow)
    return {
      Grants: await grantListEntries(grants, call.services),
      Truncated: listed.last !== undefined,
      NextMarker: listed.last && (await sealMarker(call, place, listed.last.id)),
    }
  },
})

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
