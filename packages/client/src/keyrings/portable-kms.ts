import { KMS, parseKmsArn } from '@keyhold/protocol'
import type { Credentials, Input, OperationName, Output } from '@keyhold/protocol'
import {
  aFunction,
  aPositive,
  anObject,
  aSignal,
  aText,
  either,
  invalid,
  optional,
  requireOptions,
  shaped,
  withDefaults,
} from '../base/arguments.ts'
import type { Shape } from '../base/arguments.ts'
import { EnvelopeError } from '../base/error.ts'
import { GRANTS_SHAPE } from './checks.ts'
import { isKeyArn } from './key-arn.ts'
import type { KeyArn } from './key-arn.ts'
import { DISCOVERY_FILTER_SHAPE, KmsDiscoveryKeyring } from './kms-discovery-keyring.ts'
import type { DiscoveryFilter } from './kms-discovery-keyring.ts'
import { KmsKeyring } from './kms-keyring.ts'
import type { Account } from '../kms/caller-identity.ts'
import { KmsCaller } from '../kms/caller.ts'
import type { CallerPlatform, CredentialsProvider, OtherOperation } from '../kms/caller.ts'
import { connectionOf, someCredentials } from '../kms/connection.ts'
import type { Connection, SdkClient } from '../kms/connection.ts'
import { KmsError } from '../kms/error.ts'
import type { CallOptions, Kms } from '../kms/kms.ts'
import { DEFAULT_RETRY, RETRY_SHAPE } from '../kms/retry.ts'
import type { RetryPolicy } from '../kms/retry.ts'

export interface PortableKmsOptions {
  /** Where names that are no ARN are looked up. An ARN names its own region. Default: the client's. */
  region?: string
  /** An AWS credential provider, or credentials themselves. Default: the client's. */
  credentials?: CredentialsProvider | Credentials
  /** A Keyhold server, or anything else that speaks as AWS KMS does. Default: the client's; else AWS. */
  endpoint?: string
  /** A KMSClient of the AWS SDK: its region, credentials and endpoint are used. */
  client?: SdkClient
  retry?: Partial<RetryPolicy>
  /** For a call with all its attempts and the waiting between them. Infinity: no limit. Default: 30 seconds. */
  callTimeoutMs?: number
}

const DEFAULT_CALL_TIMEOUT_MS = 30_000

export const PORTABLE_KMS_SHAPE: Shape<PortableKmsOptions> = {
  region: optional(aText),
  credentials: optional(either('credentials, or a function that provides them', aFunction, someCredentials)),
  endpoint: optional(aText),
  client: optional((value, name) => {
    anObject(value, name)
    anObject((value as SdkClient).config, `${name}.config`)
  }),
  retry: optional(shaped<Partial<RetryPolicy>>(RETRY_SHAPE)),
  callTimeoutMs: optional(aPositive),
}

export const CALL_SHAPE: Shape<Partial<CallOptions>> = { region: optional(aText), signal: optional(aSignal) }

interface KeyringOptions {
  grantTokens?: readonly string[]
}

/** A KMS to call, and the keyrings that its keys make, over whatever sends requests on the platform. */
export class PortableKms implements Kms {
  readonly #connection: Connection
  readonly #caller: KmsCaller

  constructor(options: PortableKmsOptions, platform: CallerPlatform) {
    this.#connection = connectionOf(options)
    const { callTimeoutMs = DEFAULT_CALL_TIMEOUT_MS } = options
    const { credentials, endpoint } = this.#connection
    const retry = withDefaults(DEFAULT_RETRY, options.retry)
    this.#caller = new KmsCaller({ credentials, endpoint, retry, callTimeoutMs }, platform)
  }

  /** Calls any operation, by default in this connection's region. */
  async call<N extends OperationName>(
    operation: N,
    input: Input<N>,
    options: Partial<CallOptions> = {},
  ): Promise<Output<N>> {
    if (!isOperation(operation)) throw invalid('call: the operation', 'an operation of KMS', operation)
    anObject(input, 'call: the input')
    requireOptions(options, 'call', CALL_SHAPE)
    const region = options.region ?? (await this.#connection.region())
    return this.#caller.call(operation, input, { ...options, region })
  }

  /** Calls an operation of a service other than KMS at this connection's endpoint. */
  protected async callOther(operation: OtherOperation, input: object, options: Partial<CallOptions>): Promise<unknown> {
    const region = options.region ?? (await this.#connection.region())
    return this.#caller.callOther(operation, input, { ...options, region })
  }

  /** A keyring of one or several keys: the first makes the data key, and each of them opens the message. */
  key(generator: KeyArn, further: readonly KeyArn[] = [], options: KeyringOptions = {}): KmsKeyring {
    requireOptions(options, 'key', GRANTS_SHAPE)
    return new KmsKeyring({ kms: this, generator, keys: further, ...options })
  }

  /** The same of multi-Region keys: each of them opens, in its own region, what any of its replicas sealed. */
  multiRegionKey(generator: KeyArn, further: readonly KeyArn[] = [], options: KeyringOptions = {}): KmsKeyring {
    requireOptions(options, 'multiRegionKey', GRANTS_SHAPE)
    return new KmsKeyring({ kms: this, generator, keys: further, multiRegion: true, ...options })
  }

  /** A keyring that opens what any key of the accounts wrapped. */
  discovery(filter: DiscoveryFilter, options: KeyringOptions = {}): KmsDiscoveryKeyring {
    requireOptions(filter, 'discovery', DISCOVERY_FILTER_SHAPE)
    requireOptions(options, 'discovery', GRANTS_SHAPE)
    return new KmsDiscoveryKeyring({ kms: this, ...filter, ...options })
  }

  /** The same, asking the replica in `region` of any multi-Region key, and no key of another region. */
  multiRegionDiscovery(
    filter: DiscoveryFilter & { region: string },
    options: KeyringOptions = {},
  ): KmsDiscoveryKeyring {
    requireOptions(filter, 'multiRegionDiscovery', { ...DISCOVERY_FILTER_SHAPE, region: aText })
    requireOptions(options, 'multiRegionDiscovery', GRANTS_SHAPE)
    const { region, ...accounts } = filter
    return new KmsDiscoveryKeyring({ kms: this, ...accounts, multiRegion: { region }, ...options })
  }

  /**
   * The account that the credentials belong to, by GetCallerIdentity, which needs no permission: of AWS STS, or of the
   * endpoint. An endpoint without an STS shows it by the ARN of any key or alias, if the caller may list them.
   *
   * @returns nothing if there is neither an STS nor a key nor an alias to tell by.
   */
  async account(signal?: AbortSignal): Promise<Account | undefined> {
    optional(aSignal)(signal, 'account: the signal')
    const { endpoint, region } = this.#connection
    try {
      return await this.#caller.identity({ region: await region(), signal })
    } catch (error) {
      if ((await endpoint()) === undefined || !isRefusal(error)) throw error
      return this.#accountByListing(signal)
    }
  }

  async #accountByListing(signal: AbortSignal | undefined): Promise<Account | undefined> {
    const { Keys } = await this.call('ListKeys', { Limit: 1 }, { signal })
    const arn = Keys?.[0]?.KeyArn ?? (await this.#anyAliasArn(signal))
    return arn === undefined ? undefined : parseKmsArn(arn)
  }

  async #anyAliasArn(signal: AbortSignal | undefined): Promise<string | undefined> {
    const { Aliases } = await this.call('ListAliases', { Limit: 1 }, { signal })
    return Aliases?.[0]?.AliasArn
  }

  /** The ARN of the key that an id, an alias or an alias's ARN names, by DescribeKey. */
  async resolve(name: string, signal?: AbortSignal): Promise<KeyArn> {
    aText(name, 'resolve: the name')
    optional(aSignal)(signal, 'resolve: the signal')
    if (isKeyArn(name)) return name
    const region = /^arn:[^:]*:kms:([^:]+):/.exec(name)?.[1] ?? (await this.#connection.region())
    const { KeyMetadata } = await this.call('DescribeKey', { KeyId: name }, { region, signal })
    const arn = KeyMetadata?.Arn
    if (arn !== undefined && isKeyArn(arn)) return arn
    throw new EnvelopeError('INVALID_DATA_KEY', `The KMS did not say which key ${JSON.stringify(name)} is.`)
  }
}

/** Whether a service answered, and not that it has to be asked again: then it has no STS, or says why to KMS's calls, too. */
function isRefusal(error: unknown): boolean {
  return error instanceof KmsError && error.status !== undefined && !error.retryable
}

function isOperation(name: unknown): boolean {
  return typeof name === 'string' && Object.hasOwn(KMS.operations, name)
}
