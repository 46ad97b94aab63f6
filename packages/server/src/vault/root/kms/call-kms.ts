import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Credentials,
  decodeOutput,
  encodeInput,
  type Input,
  KMS,
  type Output,
  signRequest,
} from '@keyhold/protocol'
import { signingHash } from '../../../crypto/hmac.ts'
import { createOutbound, type OutboundCaller } from '../../../platform/outbound/outbound.ts'
import { OutboundError } from '../../../platform/outbound/outbound-error.ts'
import { systemClock } from '../../../platform/system-clock.ts'
import { KmsError } from './kms-error.ts'
import { refusal } from './refusal.ts'

/** What is asked of a KMS. */
type KmsOperation = 'Encrypt' | 'Decrypt'

/** Where a KMS is. */
export interface KmsPlace {
  region: string
  /** An HTTPS URL. */
  endpoint: string
  /** PEM certificates that are trusted for it, instead of the public authorities. */
  caFile?: string | undefined
}

const CALL_TIMEOUT_MS = 5000
/** Waits before the second and the third attempt. */
const PAUSES_MS = [200, 800]

/**
 * Calls a KMS by the server's one way out. Private addresses are allowed: the endpoint of a VPC has one, as has another
 * Keyhold, and TLS says who answers. Throttled and failed calls are repeated twice. Rejects with KmsError.
 */
export async function callKms<N extends KmsOperation>(
  operation: N,
  input: Input<N>,
  place: KmsPlace,
  credentials: Credentials,
): Promise<Output<N>> {
  const url = new URL(place.endpoint)
  const allowedHosts = [{ host: url.host, internal: true, caFile: place.caFile }]
  const outbound = createOutbound({ allowedHosts, timeoutMs: CALL_TIMEOUT_MS })
  const attempt = (): Promise<Output<N>> => callOnce(operation, input, { outbound, url, ...place }, credentials)
  for (const pauseMs of PAUSES_MS) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof KmsError) || !['throttled', 'unreachable', 'failed'].includes(error.fault)) throw error
    }
    await sleep(pauseMs)
  }
  return attempt()
}

async function callOnce<N extends KmsOperation>(
  operation: N,
  input: Input<N>,
  { outbound, url, region }: KmsPlace & { outbound: OutboundCaller; url: URL },
  credentials: Credentials,
): Promise<Output<N>> {
  const body = encodeInput(operation, input)
  try {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${KMS.targetPrefix}.${operation}` }
    // The machine's time, not the Clock: another machine does not wait for a clock that is moved by hand.
    const target = { region, service: KMS.signingName, time: new Date(systemClock.now()) }
    const signed = signRequest({ method: 'POST', url, headers, body: body.bytes }, credentials, target, signingHash)
    const answer = await outbound.post(url.href, { headers: signed, body: body.bytes })
    return decoded(operation, answer, url)
  } catch (error) {
    throw error instanceof OutboundError ? unanswered(error) : error
  } finally {
    body.wipe()
  }
}

function decoded<N extends KmsOperation>(operation: N, answer: { status: number; body: Buffer }, url: URL): Output<N> {
  try {
    if (answer.status !== 200) throw refusal(answer.status, answer.body)
    return decodeOutput(operation, answer.body)
  } catch (cause) {
    if (cause instanceof KmsError) throw cause
    throw new KmsError('no-kms', url.host, { cause })
  } finally {
    answer.body.fill(0)
  }
}

/** Its message has nothing in it that the other side sent. */
function unanswered(error: OutboundError): KmsError {
  const isOther = ['redirect', 'encoded', 'too-large', 'malformed', 'content-type'].includes(error.code)
  return new KmsError(isOther ? 'no-kms' : 'unreachable', error.message, { cause: error })
}
