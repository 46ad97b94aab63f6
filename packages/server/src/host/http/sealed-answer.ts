import { serviceError } from '@keyhold/protocol'
import type { RawRequest } from '../../identity/authentication/raw-request.ts'
import { type Answer, errorAnswer } from '../../execution/request.ts'
import { spokenTo } from './spoken-to.ts'

/**
 * The answer of a server that is sealed to every request of a service, whatever it asks, from every sender: nothing is
 * verified or parsed, so that it costs little, and tells nothing of keys, accounts and signatures. Clients of AWS try again
 * after it, as the server may be unsealed meanwhile.
 */
export function sealedAnswer(request: RawRequest): Answer {
  return {
    ...errorAnswer(serviceError('KMSInternalException'), spokenTo(request), request.requestId),
    outcome: { service: 'unknown', operation: 'Unknown', result: 'sealed' },
    about: { error: 'KMSInternalException' },
  }
}
