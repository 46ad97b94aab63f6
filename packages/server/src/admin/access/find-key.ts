import { parseKmsArn } from '@keyhold/protocol'
import { keyArn } from '../../domain/keys/arns.ts'
import { parseKeyReference } from '../../domain/keys/identifiers.ts'
import type { KeyEntry } from '../../identity/directory/directory.ts'
import { everyAccount } from '../../identity/directory/everybody.ts'
import { keyOfAlias } from '../../identity/directory/key-aliases.ts'
import type { Found } from '../../execution/lookup.ts'
import type { Services } from '../../execution/services.ts'
import { AccessError } from './access-error.ts'
import { foundByArn } from './recorded-keys.ts'

/** How a question names a key: by its ARN or the ARN of an alias, or within a Region by its id or an alias. */
export interface NamedKey {
  key: string
  region?: string
}

/** A key that exists. */
export type FoundKey = Extract<Found, { key: KeyEntry }>

/**
 * Returns the key, in any account. Throws {@link AccessError} if it does not exist, or if several accounts have an
 * alias of this name.
 */
export async function findKey(named: NamedKey, services: Services): Promise<FoundKey> {
  const places = await placesOf(named, services)
  const found = await Promise.all(places.map((place) => foundByName(place, services)))
  const [first, ...others] = found.filter((one) => one !== undefined)
  if (first === undefined) throw new AccessError('key', `There is no key ${named.key}${inRegion(named)}.`)
  if (others.length === 0) return first
  const arns = [first, ...others].map(({ key }) => keyArn(key.value)).join(', ')
  throw new AccessError('question', `${named.key} is ambiguous: it can be ${arns}. Name the key by its ARN.`)
}

function inRegion({ region }: NamedKey): string {
  return region === undefined ? '' : ` in ${region}`
}

/** All possible meanings of the name, as Region, account and reference. */
async function placesOf({ key, region }: NamedKey, services: Services): Promise<Place[]> {
  const arn = parseKmsArn(key)
  if (arn && parseKeyReference(key).kind === 'invalid') return []
  if (arn) return [{ region: arn.region, accountId: arn.account, text: arn.type === 'key' ? arn.keyId : arn.aliasName }]
  if (region === undefined)
    throw new AccessError('question', `Name ${key} by its ARN, or specify its Region with --region.`)
  const isAlias = parseKeyReference(key).kind === 'alias'
  const accounts = isAlias ? await everyAccount(services) : [{ accountId: undefined }]
  return accounts.map(({ accountId }) => ({ region, accountId, text: key }))
}

interface Place {
  region: string
  accountId: string | undefined
  text: string
}

async function foundByName({ region, accountId, text }: Place, { directory }: Services): Promise<FoundKey | undefined> {
  const isAlias = accountId !== undefined && text.startsWith('alias/')
  const key = isAlias
    ? await keyOfAlias({ accountId, region }, text, directory)
    : await directory.key({ region, keyId: text })
  if (key === undefined || (accountId !== undefined && key.value.accountId !== accountId)) return undefined
  const found = await foundByArn(keyArn(key.value), directory)
  if (found.key === undefined) return undefined
  return { ...found, ...(isAlias && { requestAlias: text }) }
}
