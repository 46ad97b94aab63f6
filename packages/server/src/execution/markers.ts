import { Secret, type ServiceError } from '@keyhold/protocol'
import { IntegrityError } from '../vault/hierarchy/sealing.ts'
import type { Caller } from '../identity/accounts/caller.ts'
import { bytesOfBase64 } from '../platform/base64.ts'
import type { Services } from './services.ts'

/** Whose list it is. */
interface Scope {
  caller: Caller
  services: Services
}

/** A list that is read a page at a time. */
export interface List {
  /** The operation and whatever it filters by. */
  parts: readonly string[]
  /** What is said to a marker that this list did not hand out. */
  invalid(): ServiceError
}

const FORMAT = /^([1-9][0-9]{0,8})\.([A-Za-z0-9_-]+)$/

/**
 * Turns "the last item of this page" into an opaque marker, sealed to the account, Region, operation and filter, so
 * that a marker leads only where it was given and tells nothing.
 */
export async function sealMarker({ caller, services }: Scope, list: List, last: string): Promise<string> {
  const secret = Secret.of(new TextEncoder().encode(last))
  const sealed = await services.hierarchy.seal(caller.region, 'marker', context(caller, list), secret)
  return `${sealed.generation}.${Buffer.from(sealed.bytes).toString('base64url')}`
}

/** The item after which to go on. Throws the list's error for anything that it did not hand out. */
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
