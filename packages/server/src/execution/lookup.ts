import { type ServiceError, serviceError } from '@keyhold/protocol'
import { parseBlob } from '../crypto/blob.ts'
import type { Directory, KeyEntry } from '../identity/directory/directory.ts'
import { keyOfAlias } from '../identity/directory/key-aliases.ts'
import { aliasArn, keyArn } from '../domain/keys/arns.ts'
import { type AwsManagedKey, isPredefined, serviceOfAlias } from '../domain/keys/aws-managed.ts'
import { type KeyReference, parseKeyReference } from '../domain/keys/identifiers.ts'

/** The result of looking up a key. Whether the caller learns it is decided later. */
export type Found = {
  /** A fault in the caller's own input, which needs no authorisation: it reveals nothing about any keys. */
  isCallersOwn?: boolean
  /** An AWS managed key to create when a caller who can use it first names it. */
  firstUse?: AwsManagedKey
  /** The key's ARN in responses and in the audit log. Absent for a ciphertext whose key is unknown. */
  arn?: string
  /** The account that owns the key, or would own it. Absent if it is unknown. */
  ownerAccountId?: string
  /** The alias in the request, if it names the key by one. */
  requestAlias?: string
  /** How a denial names the key. */
  hiddenAs: 'this resource' | 'the resource associated with this ciphertext'
} & ({ key: KeyEntry; missing?: undefined } | { key?: undefined; missing: ServiceError })

type NamedKey = Extract<KeyReference, { kind: 'key' }>
type NamedAlias = Extract<KeyReference, { kind: 'alias' }>

/**
 * Finds keys for one caller. The result says whether the key exists; authorisation decides whether the error is "not
 * found" or "denied", so that other accounts learn nothing from the difference.
 */
export class Lookup {
  readonly #directory: Directory
  readonly #place: { accountId: string; region: string }

  constructor(directory: Directory, place: { accountId: string; region: string }) {
    this.#directory = directory
    this.#place = place
  }

  /** By key id, key ARN, alias name or alias ARN, which cryptographic operations accept. */
  async byAnyReference(text: string): Promise<Found> {
    const reference = parseKeyReference(text)
    if (reference.kind === 'key') return this.#byKey(reference)
    return reference.kind === 'alias' ? this.#byAlias(reference) : this.#invalid(text)
  }

  /** By key id or key ARN, which management operations accept. */
  async byKeyReference(text: string): Promise<Found> {
    const reference = parseKeyReference(text)
    if (reference.kind === 'key') return this.#byKey(reference)
    if (reference.kind === 'alias' && reference.accountId !== undefined) {
      return this.#own(serviceError('InvalidArnException', 'Key Aliases are not supported for this operation.'))
    }
    return this.#invalid(text)
  }

  /** The same in another Region, for operations about keys of two Regions. */
  inRegion(region: string): Lookup {
    return new Lookup(this.#directory, { ...this.#place, region })
  }

  /** The Region of all lookups. */
  get region(): string {
    return this.#place.region
  }

  /** By the key id in a grant of this service, for keys of any account. */
  async byKeyId(keyId: string): Promise<Found> {
    const key = await this.#directory.key({ region: this.region, keyId })
    return key ? found(key) : this.byKeyReference(keyId)
  }

  /** By the key that a ciphertext names. */
  async byCiphertext(ciphertext: Uint8Array): Promise<Found> {
    const blob = parseBlob(ciphertext)
    if (blob === undefined) return this.#own(serviceError('InvalidCiphertextException'))
    const key = await this.#directory.key({ region: this.region, keyId: blob.keyId })
    const hiddenAs = 'the resource associated with this ciphertext'
    return key
      ? { ...found(key), hiddenAs }
      : { missing: serviceError('NotFoundException', `Invalid keyId '${blob.keyId}'`), hiddenAs }
  }

  async #byKey({ keyId, accountId = this.#place.accountId, region }: NamedKey): Promise<Found> {
    if (region !== undefined && region !== this.#place.region) return this.#otherRegion(region)
    const key = await this.#directory.key({ region: this.region, keyId })
    if (key?.value.accountId === accountId) return found(key)
    const arn = keyArn({ ...this.#place, accountId, keyId })
    const missing = serviceError('NotFoundException', `Key '${arn}' does not exist`)
    return { arn, ownerAccountId: accountId, hiddenAs: 'this resource', missing }
  }

  async #byAlias({ name, accountId = this.#place.accountId, region }: NamedAlias): Promise<Found> {
    if (region !== undefined && region !== this.#place.region) return this.#otherRegion(region)
    const place = { accountId, region: this.#place.region }
    const key = await keyOfAlias(place, name, this.#directory)
    if (key) return { ...found(key), requestAlias: name }
    const arn = aliasArn(place, name)
    const missing = serviceError('NotFoundException', `Alias ${arn} is not found.`)
    const firstUse = accountId === this.#place.accountId ? await this.#firstUse(name) : undefined
    return {
      arn,
      ownerAccountId: accountId,
      hiddenAs: 'this resource',
      missing,
      ...(firstUse && { firstUse, requestAlias: name }),
    }
  }

  /** The AWS managed key of the alias, for AWS's own services and those that are registered here. */
  async #firstUse(alias: string): Promise<AwsManagedKey | undefined> {
    const service = serviceOfAlias(alias)
    if (service === undefined) return undefined
    const registered = isPredefined(service) || (await this.#directory.principal(`${service}.amazonaws.com`))
    return registered && { service, ...this.#place }
  }

  #invalid(text: string): Found {
    return this.#own(serviceError('NotFoundException', `Invalid keyId '${text}'`))
  }

  #otherRegion(region: string): Found {
    return this.#own(serviceError('NotFoundException', `Invalid arn ${region}`))
  }

  /** A fault in the caller's own input. */
  #own(missing: NonNullable<Found['missing']>): Found {
    return { isCallersOwn: true, ownerAccountId: this.#place.accountId, hiddenAs: 'this resource', missing }
  }
}

function found(key: KeyEntry): Found {
  return { arn: keyArn(key.value), ownerAccountId: key.value.accountId, hiddenAs: 'this resource', key }
}
