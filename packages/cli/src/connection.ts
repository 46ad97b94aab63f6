import type { Command } from 'commander'
import type { Credentials } from '@keyhold/protocol'
import { readProfile } from './aws-config.ts'
import type { Profile } from './aws-config.ts'
import { UsageError } from './usage-error.ts'

/** The flags that say which KMS to call. */
export interface ConnectionOptions {
  endpoint?: string
  region?: string
  profile?: string
}

export interface Connection {
  /** Absent: AWS. */
  endpoint?: string
  region: string
  credentials: () => Promise<Credentials>
}

/** Adds the flags that {@link connection} reads. */
export function withConnectionOptions(command: Command): Command {
  return command
    .option('--endpoint <url>', 'the KMS to call (AWS_ENDPOINT_URL_KMS, AWS_ENDPOINT_URL, the profile; else AWS)')
    .option('--region <name>', 'the region of the keys (AWS_REGION, AWS_DEFAULT_REGION, the profile)')
    .option('--profile <name>', 'a profile of the AWS configuration (AWS_PROFILE)')
}

/**
 * Which KMS to call, where, and as whom. Flags go before the environment, and that before the profile in the home
 * folder. Nothing is ever read from the working directory: a folder of someone else's making could name his own KMS.
 *
 * @throws UsageError when no region is known.
 */
export async function connection(
  options: ConnectionOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Connection> {
  const name = options.profile ?? env['AWS_PROFILE']
  const profile = await readProfile(name ?? 'default', env)
  const region = options.region || env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || profile.region
  if (!region) throw new UsageError('No region is known. Name one with --region, or set AWS_REGION.')
  const endpoint = options.endpoint ?? configuredEndpoint(profile, env)
  if (endpoint !== undefined && exposesKeys(endpoint)) console.error(EXPOSED)
  return { region, credentials: credentialsFor(name, env), ...(endpoint !== undefined && { endpoint }) }
}

const EXPOSED = 'keyhold: warning: the endpoint is not encrypted: whoever is on the way to it can read the data keys.'

/** Whether data keys would leave this machine without TLS. */
export function exposesKeys(endpoint: string): boolean {
  const url = URL.parse(endpoint)
  return url?.protocol === 'http:' && !/^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
}

/** AWS's own switch turns off all endpoints but the flag's. */
function configuredEndpoint(profile: Profile, env: NodeJS.ProcessEnv): string | undefined {
  if (env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() === 'true') return undefined
  return env['AWS_ENDPOINT_URL_KMS'] || env['AWS_ENDPOINT_URL'] || profile.endpoint
}

/** Those of the environment unless a profile is named, as AWS's tools do it; else whatever their chain of providers finds. */
function credentialsFor(profile: string | undefined, env: NodeJS.ProcessEnv): () => Promise<Credentials> {
  const fromEnvironment = profile === undefined ? environmentCredentials(env) : undefined
  if (fromEnvironment !== undefined) return () => Promise.resolve(fromEnvironment)
  let provider: Promise<() => Promise<Credentials>> | undefined
  return async () => {
    provider ??= providerChain(profile)
    return (await provider)()
  }
}

function environmentCredentials(env: NodeJS.ProcessEnv): Credentials | undefined {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env
  if (!accessKeyId || !secretAccessKey) return undefined
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
}

/** Loaded only when needed: it takes longer to load than most commands take to run. */
async function providerChain(profile: string | undefined): Promise<() => Promise<Credentials>> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  return defaultProvider(profile === undefined ? {} : { profile })
}
