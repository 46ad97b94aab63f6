import { byUtf8, parseArn, type ServiceError, serviceError } from '@keyhold/protocol'
import type { GrantParty } from '../../../domain/policy/access.ts'
import { isUniqueId } from '../../../domain/policy/language/grammar/principals.ts'
import { principalIdOf } from '../../../identity/directory/bind-principals.ts'
import { isKnownAccount, isKnownService } from '../../../identity/directory/known-parties.ts'
import { rootArn } from '../../../identity/accounts/entity-arns.ts'
import type { Page } from '../../../vault/storage/page.ts'
import type { Services } from '../../../execution/services.ts'

/** The principal or service in a parameter, in the form in which grants are matched and listed. */
export interface NamedParty {
  principal?: string | undefined
  service?: string | undefined
}

/**
 * Returns the named party, with the immutable id that the name currently has. Throws InvalidArnException for an unknown
 * name or, where policies are enforced, an unknown account or service.
 */
export async function grantParty(
  { principal, service }: NamedParty,
  services: Services,
): Promise<GrantParty | undefined> {
  const named = service ?? principal
  if (named === undefined) return undefined
  const party = service === undefined ? { arn: partyArn(named) } : { arn: service }
  if (services.enforcement === 'off') return { ...party, ...(await idOf(party.arn, services)) }
  if (service === undefined && !isRootArn(party.arn)) return boundParty(named, services)
  const known =
    service === undefined ? isKnownAccount(accountIn(party.arn), services) : isKnownService(service, services)
  if (!(await known)) throw invalidPrincipal(named)
  return party
}

async function boundParty(arn: string, services: Services): Promise<GrantParty> {
  const id = await idOf(arn, services)
  if (id === undefined) throw invalidPrincipal(arn)
  return { arn, ...id }
}

async function idOf(
  arn: string,
  { directory }: Services,
): Promise<Required<Pick<GrantParty, 'principalId'>> | undefined> {
  const principalId = await principalIdOf(arn, directory)
  return principalId === undefined ? undefined : { principalId }
}

/** The party of a list request, and what its grants are listed under. */
export interface WantedParty {
  /** Owners or targets of rows, without the place: an id, and the ARN for grants of earlier builds. */
  listedUnder: readonly string[]
  /** Whether a grant found there belongs to this party, and not to an earlier one of the same name. */
  is(party: GrantParty): boolean
}

/**
 * Returns the party of a list of grants, given by its ARN, by its id if it was deleted, or by the name of a service.
 */
export async function wantedParty(name: string, { directory }: Services): Promise<WantedParty> {
  const id = isUniqueId(name.split(':')[0] ?? '') ? name : await principalIdOf(name, directory)
  return {
    listedUnder: [...new Set([id ?? name, name])],
    is: ({ arn, principalId }) => (principalId === undefined ? arn === name : principalId === id),
  }
}

/** A page of records that are listed in several places, in the order of their ids. `list` reads one place. */
export async function listedUnderAll<R extends { id: string }>(
  places: readonly string[],
  list: (place: string, page: Page) => Promise<R[]>,
  wanted: Page,
): Promise<R[]> {
  const lists = await Promise.all(places.map((place) => list(place, wanted)))
  return lists
    .flat()
    .toSorted((a, b) => byUtf8(a.id, b.id))
    .slice(0, wanted.limit)
}

/** The form of a principal in grants: an account number becomes its root ARN. */
export function partyArn(principal: string): string {
  return /^\d{12}$/.test(principal) ? rootArn(principal) : principal
}

function isRootArn(arn: string): boolean {
  return arn === rootArn(accountIn(arn))
}

function accountIn(arn: string): string {
  return parseArn(arn)?.account ?? ''
}

function invalidPrincipal(arn: string): ServiceError {
  return serviceError('InvalidArnException', `ARN does not refer to a valid principal: ${arn}`)
}
