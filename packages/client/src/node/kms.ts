import { createHash, createHmac, randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { KMS, parseKmsArn } from '@keyhold/protocol'
import type { Credentials, Input, OperationName, Output, SigningHash } from '@keyhold/protocol'
import {
  aFunction,
  anObject,
  aPositive,
  aSignal,
  aText,
  either,
  invalid,
  optional,
  requireOptions,
  shaped,
  withDefaults,
} from '../arguments.ts'
import type { Shape } from '../arguments.ts'
import { EnvelopeError } from '../error.ts'
import { GRANTS_SHAPE } from '../keyrings/checks.ts'
import { isKeyArn } from '../keyrings/key-arn.ts'
import type { KeyArn } from '../keyrings/key-arn.ts'
import { DISCOVERY_FILTER_SHAPE, KmsDiscoveryKeyring } from '../keyrings/kms-discovery-keyring.ts'
import type { DiscoveryFilter } from '../keyrings/kms-discovery-keyring.ts'
import { KmsKeyring } from '../keyrings/kms-keyring.ts'
import { callerIdentity } from '../kms/caller-identity.ts'
import type { Account } from '../kms/caller-identity.ts'
import { KmsCaller } from '../kms/caller.ts'
import type { CallerPlatform, CredentialsProvider } from '../kms/caller.ts'
import type { CallOptions, Kms } from '../kms/kms.ts'
import { DEFAULT_RETRY, RETRY_SHAPE } from '../kms/retry.ts'
import type { RetryPolicy } from '../kms/retry.ts'
import { connectionOf, someCredentials } from '../kms/connection.ts'
import type { Connection, SdkClient } from '../kms/connection.ts'
import type { Keyring } from '../keyrings/keyring.ts'
import { kmsEcdh, KMS_ECDH_SHAPE } from './keyrings/kms-ecdh.ts'
import type { KmsEcdhOptions } from './keyrings/kms-ecdh.ts'
import { kmsRsa, KMS_RSA_SHAPE } from './keyrings/kms-rsa-keyring.ts'
import type { KmsRsaOptions } from './keyrings/kms-rsa-keyring.ts'
import { NodeTransport } from './transport.ts'
import type { TransportOptions } from './transport.ts'

export interface KmsOptions extends TransportOptions {
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

const KMS_SHAPE: Shape<KmsOptions> = {
  region: optional(aText),
  credentials: optional(either('credentials, or a function that provides them', aFunction, someCredentials)),
  endpoint: optional(aText),
  client: optional((value, name) => {
    anObject(value, name)
    anObject((value as SdkClient).config, `${name}.config`)
  }),
  retry: optional(shaped<Partial<RetryPolicy>>(RETRY_SHAPE)),
  callTimeoutMs: optional(aPositive),
  connectTimeoutMs: optional(aPositive),
  timeoutMs: optional(aPositive),
  ca: optional(aText),
  proxyEnv: optional(anObject),
}

const { key: _rsaKey, kms: _rsaKms, ...RSA_KEY_SHAPE } = KMS_RSA_SHAPE
const { key: _agreementKey, kms: _agreementKms, ...AGREEMENT_KEY_SHAPE } = KMS_ECDH_SHAPE

const CALL_SHAPE: Shape<Partial<CallOptions>> = { region: optional(aText), signal: optional(aSignal) }

interface KeyringOptions {
  grantTokens?: readonly string[]
}

const CHANCE_STEPS = 2 ** 32

const HASH: SigningHash = {
  sha256Hex: (data) => createHash('sha256').update(data).digest('hex'),
  hmac: (key, data) => createHmac('sha256', key).update(data).digest(),
}

/** A KMS to call, and the keyrings that its keys make. */
export class KmsConnection implements Kms {
  readonly #connection: Connection
  readonly #platform: CallerPlatform
  readonly #caller: KmsCaller

  constructor(options: KmsOptions) {
    requireOptions(options, 'kms', KMS_SHAPE)
    const { callTimeoutMs = DEFAULT_CALL_TIMEOUT_MS } = options
    const retry = withDefaults(DEFAULT_RETRY, options.retry)
    this.#connection = connectionOf(options)
    this.#platform = {
      transport: new NodeTransport(options),
      hash: HASH,
      now: () => new Date(),
      random: () => randomInt(CHANCE_STEPS) / CHANCE_STEPS,
      sleep: sleepUnlessAborted,
    }
    const { credentials, endpoint } = this.#connection
    this.#caller = new KmsCaller({ credentials, endpoint, retry, callTimeoutMs }, this.#platform)
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

  /** A keyring of an RSA key: what is encrypted under its public key, offline, the KMS opens. */
  rsaKey(key: KeyArn, options: Omit<KmsRsaOptions, 'key' | 'kms'> = {}): Keyring {
    requireOptions(options, 'rsaKey', RSA_KEY_SHAPE)
    return kmsRsa({ ...options, kms: this, key })
  }

  /** A keyring of a key for key agreement, and the public key of the other party. */
  agreementKey(key: KeyArn, options: Omit<KmsEcdhOptions, 'key' | 'kms'> = {}): Keyring {
    requireOptions(options, 'agreementKey', AGREEMENT_KEY_SHAPE)
    return kmsEcdh({ ...options, kms: this, key })
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
   * The account that the credentials belong to. AWS says so by STS; another endpoint need not have an STS, and shows it
   * by the ARN of any key or alias of the caller.
   *
   * @returns nothing if there is neither a key nor an alias to tell by.
   */
  async account(signal?: AbortSignal): Promise<Account | undefined> {
    optional(aSignal)(signal, 'account: the signal')
    const { endpoint, credentials, region } = this.#connection
    if ((await endpoint()) === undefined) return callerIdentity(this.#platform, credentials, await region(), signal)
    const { Keys } = await this.call('ListKeys', { Limit: 1 }, { signal })
    const arn = Keys?.[0]?.KeyArn ?? (await this.#anyAliasArn(signal))
    return arn === undefined ? undefined : parseKmsArn(arn)
  }

  async #anyAliasArn(signal: AbortSignal | undefined): Promise<string | undefined> {
    const { Aliases } = await this.call('ListAliases', { Limit: 1 }, { signal })
    return Aliases?.[0]?.AliasArn
  }

  /** The ARN of the key that an id, an alias or an alias's ARN stands for, by DescribeKey. */
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

function isOperation(name: unknown): boolean {
  return typeof name === 'string' && Object.hasOwn(KMS.operations, name)
}

/** Node's own rejects with an error of its making instead of the signal's reason. */
async function sleepUnlessAborted(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(delayMs, undefined, { signal }).catch(() => undefined)
  signal?.throwIfAborted()
}

/** Connects to AWS KMS, or with `endpoint` to Keyhold. Nothing is sent yet. */
export function kms(options: KmsOptions): KmsConnection {
  return new KmsConnection(options)
}
