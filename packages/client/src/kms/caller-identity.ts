import { signRequest } from '@keyhold/protocol'
import type { Credentials, SigningHash } from '@keyhold/protocol'
import { unanswered } from './aws-call.ts'
import { KmsError } from './error.ts'
import type { HttpAnswer, HttpRequest, Transport } from './transport.ts'

/** Whose keys callers may call their own. */
export interface Account {
  /** 12 digits. */
  account: string
  partition: string
}

export const IDENTITY_OPERATION = 'GetCallerIdentity'
const BODY = new TextEncoder().encode(`Action=${IDENTITY_OPERATION}&Version=2011-06-15`)

/** What the platform must bring. */
interface Platform {
  transport: Transport
  hash: SigningHash
  now(): Date
}

export interface IdentityQuestion {
  /** An STS, or a service that has one. */
  url: URL
  credentials: Credentials
  region: string
  signal?: AbortSignal | undefined
}

/** Asks STS to which account the credentials belong. Needs no permission (AWS STS API Reference, GetCallerIdentity). */
export async function callerIdentity(
  { url, credentials, region, signal }: IdentityQuestion,
  platform: Platform,
): Promise<Account> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const target = { region, service: 'sts', time: platform.now() }
  const signed = signRequest({ method: 'POST', url, headers, body: BODY }, credentials, target, platform.hash)
  const { status, body } = await posted({ url, headers: signed, body: BODY, signal }, platform)
  const text = new TextDecoder().decode(body)
  const account = /<Account>(\d{12})<\/Account>/.exec(text)?.[1]
  const partition = /<Arn>arn:([a-z-]+):/.exec(text)?.[1]
  if (status === 200 && account !== undefined && partition !== undefined) return { account, partition }
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? 'MALFORMED_ANSWER'
  const message = `${url.host} did not say to which account the credentials belong (status ${status}).`
  // 501 is "not implemented": what emulators answer for services that they do not have, today and the next time.
  const retryable = (status >= 500 && status !== 501) || code === 'Throttling'
  throw new KmsError(code, message, { retryable, operation: IDENTITY_OPERATION, endpoint: url.host, status })
}

async function posted(request: HttpRequest, { transport }: Platform): Promise<HttpAnswer> {
  try {
    return await transport.post(request)
  } catch (error) {
    request.signal?.throwIfAborted()
    throw unanswered(IDENTITY_OPERATION, request.url, error)
  }
}
