import { type ServiceError, serviceError } from '@keyhold/protocol'
import { Secret } from '@keyhold/protocol'
import { IntegrityError } from '../../hierarchy/hierarchy.ts'
import type { Call } from '../define.ts'

type Lists = 'ListKeys' | 'ListAliases' | 'ListResourceTags'
type Scope = Pick<Call<Lists, never>, 'caller' | 'services'>

const FORMAT = /^([1-9][0-9]{0,8})\.([A-Za-z0-9_-]+)$/

/**
 * Turns "the last item of this page" into an opaque marker, sealed to the account, Region, operation and filter, so
 * that a marker leads only where it was given and tells nothing.
 */
export async function sealMarker({ caller, services }: Scope, list: readonly string[], last: string): Promise<string> {
  const secret = Secret.of(new TextEncoder().encode(last))
  const sealed = await services.hierarchy.seal(caller.region, 'marker', context(caller, list), secret)
  return `${sealed.generation}.${Buffer.from(sealed.bytes).toString('base64url')}`
}

/** The item after which to go on. Throws InvalidMarkerException for anything this list did not hand out. */
export async function openMarker(
  { caller, services }: Scope,
  list: readonly string[],
  marker: string | undefined,
): Promise<string | undefined> {
  if (marker === undefined) return undefined
  const [, generation, text] = FORMAT.exec(marker) ?? []
  if (generation === undefined || text === undefined) throw invalidMarker()
  const sealed = { generation: Number(generation), bytes: Buffer.from(text, 'base64url') }
  try {
    const last = await services.hierarchy.unseal(caller.region, 'marker', context(caller, list), sealed)
    return new TextDecoder().decode(last.reveal())
  } catch (error) {
    throw error instanceof IntegrityError ? invalidMarker() : error
  }
}

/** A list that always fits one page hands out no marker, so it accepts none. */
export function refuseMarker(marker: string | undefined): ServiceError | undefined {
  return marker === undefined ? undefined : invalidMarker()
}

function context(caller: Scope['caller'], list: readonly string[]): string[] {
  return [caller.principal.accountId, caller.region, ...list]
}

function invalidMarker(): ServiceError {
  return serviceError('InvalidMarkerException', 'The marker is not valid.')
}
