import { Secret, type ServiceError } from '@keyhold/protocol'
import { IntegrityError } from '../vault/hierarchy/sealing.ts'
import type { Caller } from '../identity/accounts/caller.ts'
import { bytesOfBase64 } from '../platform/base64.ts'
import type { Services } from './services.ts'

/** The caller of the list. */
interface Scope {
  caller: Caller
  services: Services
}

/** A list that is read in pages. */
export interface List {
  /** The operation and its filters. */
  parts: readonly string[]
  /** The error for a marker that this list did not issue. */
  invalid(): ServiceError
}

const FORMAT = /^([1-9][0-9]{0,8})\.([A-Za-z0-9_-]+)$/

/**
 * Converts the last item of a page to an opaque marker. It is sealed to the account, Region, operation and filter, so
 * that a marker works only where it was issued and reveals nothing.
 */
export async function sealMarker({ caller, services }: Scope, list: List, last: string): Promise<string> {
  const secret = Secret.of(new TextEncoder().encode(last))
  const sealed = await services.hierarchy.seal(caller.region, 'marker', context(caller, list), secret)
  return `${sealed.generation}.${Buffer.from(sealed.bytes).toString('base64url')}`
}

/** Returns the item after which to continue. Throws the list's error for any other text. */
export async function openMarker(
  { caller, services }: Scope,
  list: List,
  marker: string | undefined,
): Promise<string | undefined> {
  if (marker === undefined) return undefined
  const [, generation, text] = FORMAT.exec(marker) ?? []
  if (generation === undefined || text === undefined) throw list.invalid()
  const bytes = bytesOfBase64(text, 'base64url')
  if (bytes === undefined) throw list.invalid()
  const sealed = { generation: Number(generation), bytes }
  try {
    const last = await services.hierarchy.unseal(caller.region, 'marker', context(caller, list), sealed)
    return new TextDecoder().decode(last.reveal())
  } catch (error) {
    throw error instanceof IntegrityError ? list.invalid() : error
  }
}

function context({ principal, region }: Caller, { parts }: List): string[] {
  return [principal.accountId, region, ...parts]
}
