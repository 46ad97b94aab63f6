import type { Credentials } from '@keyhold/protocol'
import { anObject, aText, optional } from '../base/arguments.ts'
import { EnvelopeError } from '../base/error.ts'
import type { CredentialsProvider } from './caller.ts'

/**
 * What is used of a KMSClient of the AWS SDK. The calls are made by this package, so the client's middleware, retries
 * and request handler are not.
 */
export interface SdkClient {
  readonly config: {
    readonly region: () => Promise<string>
    readonly credentials: () => Promise<Credentials>
    /** Present where an endpoint was configured. */
    readonly endpoint?: (() => Promise<SdkEndpoint>) | undefined
  }
}

interface SdkEndpoint {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number | undefined
  readonly path: string
}

export interface ConnectionOptions {
  region?: string
  credentials?: CredentialsProvider | Credentials
  endpoint?: string
  client?: SdkClient
}

/** Where calls go and who makes them. All of it is asked for when it is needed. */
export interface Connection {
  readonly region: () => Promise<string>
  readonly credentials: CredentialsProvider
  readonly endpoint: () => Promise<string | undefined>
}

/** Credentials themselves. What a provider gives is the transport's to notice. */
export function someCredentials(value: unknown, name: string): void {
  anObject(value, name)
  const { accessKeyId, secretAccessKey, sessionToken } = value as Partial<Credentials>
  aText(accessKeyId, `${name}.accessKeyId`)
  aText(secretAccessKey, `${name}.secretAccessKey`)
  optional(aText)(sessionToken, `${name}.sessionToken`)
}

/** @throws EnvelopeError INVALID_ARGUMENT when region or credentials are missing, or the endpoint is not a URL. */
export function connectionOf({ region, credentials, endpoint, client }: ConnectionOptions): Connection {
  if (endpoint !== undefined) requireHttpUrl(endpoint)
  return {
    region: region === undefined ? required('region', client?.config.region) : () => Promise.resolve(region),
    credentials: providerOf(credentials) ?? required('credentials', client?.config.credentials),
    endpoint: endpoint === undefined ? () => endpointOf(client) : () => Promise.resolve(endpoint),
  }
}

function providerOf(credentials: ConnectionOptions['credentials']): CredentialsProvider | undefined {
  if (credentials === undefined || typeof credentials === 'function') return credentials
  return () => Promise.resolve(credentials)
}

async function endpointOf(client: SdkClient | undefined): Promise<string | undefined> {
  const endpoint = await client?.config.endpoint?.()
  if (endpoint === undefined) return undefined
  const { protocol, hostname, port, path } = endpoint
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`
}

function required<T>(name: string, provider: T | undefined): T {
  if (provider !== undefined) return provider
  throw new EnvelopeError('INVALID_ARGUMENT', `A connection needs ${name}, its own or those of a client.`)
}

function requireHttpUrl(endpoint: string): void {
  const protocol = URL.parse(endpoint)?.protocol
  if (protocol === 'http:' || protocol === 'https:') return
  throw new EnvelopeError(
    'INVALID_ARGUMENT',
    `${JSON.stringify(endpoint)} is not an endpoint: it must be an http or https URL.`,
  )
}
