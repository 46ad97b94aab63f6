import { partitionOf, signRequest } from '@keyhold/protocol'
import { awsEndpoint, credentialsFor, unanswered } from './aws-call.ts'
import type { CallerPlatform, CredentialsProvider } from './caller.ts'
import { KmsError } from './error.ts'
import type { HttpAnswer, HttpRequest } from './transport.ts'

/** Whose keys a caller may call his own. */
export interface Account {
  /** 12 digits. */
  account: string
  partition: string
}

const OPERATION = 'GetCallerIdentity'
const BODY = new TextEncoder().encode(`Action=${OPERATION}&Version=2011-06-15`)

/** Asks AWS STS to which account the credentials belong. Needs no permission. */
export async function callerIdentity(
  platform: CallerPlatform,
  credentials: CredentialsProvider,
  region: string,
  signal?: AbortSignal,
): Promise<Account> {
  const url = awsEndpoint('sts', region)
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const target = { region, service: 'sts', time: platform.now() }
  const signer = await credentialsFor(credentials, OPERATION, url, signal)
  const signed = signRequest({ method: 'POST', url, headers, body: BODY }, signer, target, platform.hash)
  const { status, body } = await posted({ url, headers: signed, body: BODY, signal }, platform)
  const text = new TextDecoder().decode(body)
  const account = /<Account>(\d{12})<\/Account>/.exec(text)?.[1]
  if (status === 200 && account !== undefined) return { account, partition: partitionOf(region) }
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? 'MALFORMED_ANSWER'
  const message = `AWS STS did not say to which account the credentials belong (status ${status}).`
  throw new KmsError(code, message, { retryable: status >= 500, operation: OPERATION, endpoint: url.host, status })
}

async function posted(request: HttpRequest, { transport }: CallerPlatform): Promise<HttpAnswer> {
  try {
    return await transport.post(request)
  } catch (error) {
    request.signal?.throwIfAborted()
    throw unanswered(OPERATION, request.url, error)
  }
}
