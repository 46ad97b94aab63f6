import { partitionOf, signRequest } from '@keyhold/protocol'
import type { CallerPlatform, CredentialsProvider } from './caller.ts'
import { KmsError } from './error.ts'

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
  const partition = partitionOf(region)
  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  const url = new URL(`https://sts.${region}.${domain}/`)
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const target = { region, service: 'sts', time: platform.now() }
  const signed = signRequest({ method: 'POST', url, headers, body: BODY }, await credentials(), target, platform.hash)
  const { status, body } = await platform.transport.post({ url, headers: signed, body: BODY, signal })
  const text = new TextDecoder().decode(body)
  const account = /<Account>(\d{12})<\/Account>/.exec(text)?.[1]
  if (status === 200 && account !== undefined) return { account, partition }
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? 'MALFORMED_ANSWER'
  const message = `AWS STS did not say to which account the credentials belong (status ${status}).`
  throw new KmsError(code, message, { retryable: status >= 500, operation: OPERATION, endpoint: url.host, status })
}
