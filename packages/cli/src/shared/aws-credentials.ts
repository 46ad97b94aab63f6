import type { Credentials } from '@keyhold/protocol'

/**
 * An access key for another KMS, where AWS's own tools find one. `undefined` where they find none. Loaded only when needed: the
 * packages of AWS take longer to load than a server takes to start.
 */
export async function awsCredentials(profile: string | undefined): Promise<Credentials | undefined> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const provide = defaultProvider({ logger, ...(profile !== undefined && { profile }) })
  return provide().catch(() => undefined)
}

function ignore(): void {}
