import type { GrantRecord } from '../../domain/policy/grant-record.ts'
import type { OwnConditions } from '../../domain/policy/request-facts.ts'
import type { Caller } from '../../identity/accounts/caller.ts'
import { Authorizer } from '../../execution/authorizer/authorizer.ts'
import type { Decided } from '../../execution/authorizer/decided.ts'
import { decideKey } from '../../execution/decide-request.ts'
import type { AuthenticatedRequest } from '../../execution/request.ts'
import type { Serving } from '../../execution/operations.ts'
import type { FoundKey } from './find-key.ts'
import type { KeyAction } from './key-actions.ts'
import type { Asker } from './principals.ts'

/** An action on a key, with its parameters. */
export interface KeyAsked extends Pick<KeyAction, 'action' | 'operation' | 'target'> {
  /** The grants of the request's grant tokens, on any key. */
  tokenGrants: readonly GrantRecord[]
  found: FoundKey
  conditions: OwnConditions
  encryptionContext?: Readonly<Record<string, string>>
}

/** Decides what the answer to such a request would be now: sent from this machine, without TLS, to the key's Region. */
export function ask(asker: Asker, asked: KeyAsked, services: Serving): Promise<Decided> {
  const { operation, target, found, conditions: own, encryptionContext, tokenGrants } = asked
  // Nothing is known of the input: the request leaves everything to its defaults.
  const input = {}
  const by = { request: requestOf(asker, asked, services), input, tokenGrants }
  const authorizer = new Authorizer(by, services, { looksAt: 'all grants' })
  return decideKey({ operation, target, found, own, encryptionContext }, input, { authorizer, services })
}

function requestOf(
  { principal, identityId, session }: Asker,
  { found }: KeyAsked,
  services: Serving,
): AuthenticatedRequest {
  const { region } = found.key.value
  const caller: Caller = { principal, identityId, session, accessKeyId: '', region, service: 'kms' }
  return {
    requestId: '',
    caller,
    service: 'kms',
    target: undefined,
    body: new Uint8Array(),
    sourceIp: '127.0.0.1',
    secure: false,
    userAgent: '',
    receivedAtMs: services.clock.now(),
  }
}
