import { type Credentials, partitionOf } from '@keyhold/protocol'
import { KmsError } from './error.ts'
import { unlessAborted } from './time-limit.ts'
import { TransportError } from './transport.ts'

/** Where AWS answers for a service in a Region. */
export function awsEndpoint(service: 'kms' | 'sts', region: string): URL {
  const domain = partitionOf(region) === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  return new URL(`https://${service}.${region}.${domain}/`)
}

/** What to sign a call with. Throws KmsError NO_CREDENTIALS, or the signal's reason. */
export async function credentialsFor(
  provider: () => Promise<Credentials>,
  operation: string,
  { host: endpoint }: URL,
  signal: AbortSignal | undefined,
): Promise<Credentials> {
  try {
    return await unlessAborted(provider(), signal)
  } catch (cause) {
    signal?.throwIfAborted()
    const message = `No credentials to sign with: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new KmsError('NO_CREDENTIALS', message, { retryable: false, operation, endpoint, cause })
  }
}

/** The error of a call that brought no answer; any other is returned as it is. */
export function unanswered(operation: string, { host: endpoint }: URL, error: unknown): unknown {
  if (!(error instanceof TransportError)) return error
  const retryable = error.code !== 'MALFORMED_ANSWER'
  return new KmsError(error.code, error.message, { retryable, operation, endpoint, cause: error })
}
