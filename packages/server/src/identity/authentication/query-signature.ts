import { assembleAuthorization, type Authorization, parseAmzDate, type SignedQuery } from '@keyhold/protocol'
import type { HeaderValues } from './headers.ts'
import * as refuse from './refusals.ts'

/** A week (AWS IAM User Guide, "Authentication methods", `X-Amz-Expires`). */
const MAX_SECONDS = 604_800
const SECONDS = /^\d{1,6}$/

/** The content of a signature in a query. It corresponds to an Authorization header and the headers beside it. */
export interface QuerySignature {
  authorization: Authorization
  amzDate: string
  signedMs: number
  /** How long the signature is valid. If it is not given, as long as one in a header. */
  validMs: number | undefined
}

const ALGORITHM = 'AWS4-HMAC-SHA256'
/** In the order of AWS's error messages. */
const REQUIRED = [
  'X-Amz-Signature',
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-SignedHeaders',
  'X-Amz-Date',
] as const

/** The header that Kubernetes tokens for AWS sign, and how long these tokens are valid, whatever they state. */
const CLUSTER_HEADER = 'x-k8s-aws-id'
const CLUSTER_ACTION = 'Action=GetCallerIdentity'
const CLUSTER_TOKEN_MS = 15 * 60 * 1000

/** Reads the parameters of a signature. Throws AWS's error for the first fault. */
export function readQuerySignature({ parameters, repeated, rest }: SignedQuery, headers: HeaderValues): QuerySignature {
  if (repeated !== undefined) throw refuse.repeatedParameter(repeated)
  for (const name of parameters.keys()) if (headers.has(name)) throw refuse.repeatedParameter(name)
  const missing = REQUIRED.filter((name) => !parameters.get(name.toLowerCase()))
  if (missing.length > 0) throw refuse.missingParameters(missing)
  const value = (name: (typeof REQUIRED)[number]): string => parameters.get(name.toLowerCase())!
  if (value('X-Amz-Algorithm') !== ALGORITHM) throw refuse.unreadableAuthorization({ kind: 'algorithm' })
  const { authorization, problem } = assembleAuthorization(
    value('X-Amz-Credential'),
    value('X-Amz-SignedHeaders'),
    value('X-Amz-Signature'),
  )
  if (problem !== undefined) throw refuse.unreadableAuthorization(problem)
  const time = parseAmzDate(value('X-Amz-Date'))
  if (time === undefined) throw refuse.malformedDate(value('X-Amz-Date'))
  const isClusterToken = asksForClusterToken(authorization, rest)
  const validMs = validityOf(parameters.get('x-amz-expires'), isClusterToken)
  return { authorization, amzDate: value('X-Amz-Date'), signedMs: time.getTime(), validMs }
}

/**
 * Kubernetes tokens are presigned requests to STS that sign the cluster's name. They state 60 seconds and are used for
 * a quarter of an hour, because AWS STS ignores `X-Amz-Expires` (aws-iam-authenticator, pkg/token/token.go; decision
 * 53).
 */
function validityOf(expires: string | undefined, isClusterToken: boolean): QuerySignature['validMs'] {
  if (expires !== undefined && (!SECONDS.test(expires) || Number(expires) < 1 || Number(expires) > MAX_SECONDS)) {
    throw refuse.wrongExpiry()
  }
  if (isClusterToken) return CLUSTER_TOKEN_MS
  return expires === undefined ? undefined : Number(expires) * 1000
}

/** Such a token asks only for the identity of its signer, which is of no use to others. */
function asksForClusterToken({ service, signedHeaders }: Authorization, asked: string): boolean {
  return service === 'sts' && signedHeaders.includes(CLUSTER_HEADER) && asked.split('&').includes(CLUSTER_ACTION)
}
