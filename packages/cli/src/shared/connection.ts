import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Credentials } from '@keyhold/protocol'
import { warn } from '../descriptors/standard.ts'
import { readProfile } from './aws-config.ts'
import type { Profile } from './aws-config.ts'
import { FileError, UsageError } from '../base/errors.ts'
import { isSystemError, systemReason } from '../base/system-failure.ts'

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
  /** The certificates to trust instead of Node's, in PEM. */
  ca?: string
  /** An environment that names the proxies. */
  proxyEnv: NodeJS.ProcessEnv
  /** How often a call is tried, the first time included. */
  retry?: { maxAttempts: number }
}

/** Adds the flags that {@link connection} reads. */
export function withConnectionOptions(command: Command): Command {
  return command
    .option('--endpoint <url>', 'the KMS to call (AWS_ENDPOINT_URL_KMS, AWS_ENDPOINT_URL, the profile; else AWS)')
    .option('--region <name>', 'the region of the keys (AWS_REGION, AWS_DEFAULT_REGION, the profile)')
    .option('--profile <name>', 'a profile of the AWS configuration (AWS_PROFILE)')
}

/**
 * Which KMS to call, where, and with which credentials. Flags go before the environment, and that before the profile in the home
 * folder. Nothing is ever read from the working directory: a folder that another person made could name a KMS of theirs.
 *
 * @throws UsageError when no region is known or a setting means nothing; FileError for certificates that cannot be read.
 */
export async function connection(
  options: ConnectionOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Connection> {
  const name = profileName(options, env)
  const profile = await readProfile(name ?? 'default', env)
  const region = requiredRegion(options.region || env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || profile.region)
  const endpoint = options.endpoint ?? configuredEndpoint(profile, env)
  if (endpoint !== undefined && exposesKeys(endpoint)) warn(EXPOSED)
  const ca = await certificates(profile, env)
  const maxAttempts = attempts(profile, env)
  return {
    region,
    credentials: options.profile ? providerOf(name) : credentialsFor(name, env),
    proxyEnv: withoutProxyHere(env),
    ...(ca !== undefined && { ca }),
    ...(maxAttempts !== undefined && { retry: { maxAttempts } }),
    ...(endpoint !== undefined && { endpoint }),
  }
}

function profileName({ profile }: ConnectionOptions, env: NodeJS.ProcessEnv): string | undefined {
  return profile || env['AWS_PROFILE'] || env['AWS_DEFAULT_PROFILE'] || undefined
}

function requiredRegion(region: string | undefined): string {
  if (region) return region
  throw new UsageError('No region is known. Name one with --region, or set AWS_REGION.')
}

const EXPOSED = 'keyhold: warning: the endpoint is not encrypted: others on the network can read the data keys.'

/** Whether data keys would leave this machine without TLS. */
export function exposesKeys(endpoint: string): boolean {
  const url = URL.parse(endpoint)
  return url?.protocol === 'http:' && !/^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
}

async function certificates({ caBundle }: Profile, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const file = env['AWS_CA_BUNDLE'] || caBundle
  if (file === undefined) return undefined
  const what = `${env['AWS_CA_BUNDLE'] ? 'AWS_CA_BUNDLE' : 'ca_bundle of the profile'} names ${JSON.stringify(file)}`
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    const why = isSystemError(error) ? systemReason(error) : error.message
    throw new FileError(`${what}, which cannot be read: ${why}.`, { cause: error })
  })
  if (/^-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/m.test(text)) return text
  throw new FileError(`${what}, which holds no certificate in PEM.`)
}

/** As AWS's tools count them: the first one included. */
function attempts({ maxAttempts }: Profile, env: NodeJS.ProcessEnv): number | undefined {
  const text = env['AWS_MAX_ATTEMPTS'] || maxAttempts
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  const what = env['AWS_MAX_ATTEMPTS'] ? 'AWS_MAX_ATTEMPTS' : 'max_attempts of the profile'
  throw new UsageError(`${what} is ${JSON.stringify(text)}. It is a whole number from 1 to 999999.`)
}

/** AWS's own switch turns off all endpoints but the flag's. */
function configuredEndpoint(profile: Profile, env: NodeJS.ProcessEnv): string | undefined {
  const ignores = env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']
  if (ignores ? ignores.toLowerCase() === 'true' : profile.ignoresEndpoints === true) return undefined
  return env['AWS_ENDPOINT_URL_KMS'] || env['AWS_ENDPOINT_URL'] || profile.endpoint
}

/** A server on this machine is never asked for by way of another. */
function withoutProxyHere(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const exceptions = [env['no_proxy'] || env['NO_PROXY'], 'localhost', '.localhost', '127.0.0.1', '[::1]', '::1']
  const noProxy = exceptions.filter(Boolean).join(',')
  return { ...env, no_proxy: noProxy, NO_PROXY: noProxy }
}

/** Those of the environment go before a profile of the environment, as the aws command has it. */
function credentialsFor(profile: string | undefined, env: NodeJS.ProcessEnv): () => Promise<Credentials> {
  const fromEnvironment = environmentCredentials(env)
  return fromEnvironment === undefined ? providerOf(profile) : () => Promise.resolve(fromEnvironment)
}

/** Whatever AWS's chain of providers finds, in the profile if one is named. */
function providerOf(profile: string | undefined): () => Promise<Credentials> {
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
  // It would warn of keys in the environment, which is what --profile is for.
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  return defaultProvider({ logger, ...(profile !== undefined && { profile }) })
}

function ignore(): void {}
