import { aText, listOf, optional, requireOptions, shaped } from '../base/arguments.ts'
import type { Shape } from '../base/arguments.ts'
import { EnvelopeError } from '../base/error.ts'
import type { Kms } from '../kms/kms.ts'
import { aKms, GRANTS_SHAPE } from './checks.ts'
import { inRegion, isMultiRegion, parseKeyArn } from './key-arn.ts'
import type { KeyArn } from './key-arn.ts'
import type { Keyring, Unwrapped, UnwrapRequest, WrappedDataKey } from './keyring.ts'
import { grantsOf, unwrapWithKms } from './kms-unwrap.ts'
import type { ChooseKey, Grants } from './kms-unwrap.ts'

/** Which keys a discovery keyring may ask. */
export interface DiscoveryFilter {
  /** 12 digits each. */
  accounts: readonly string[]
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  partition: string
}

export interface DiscoveryOptions extends DiscoveryFilter {
  kms: Kms
  /** Ask this region's replica of a multi-Region key, whichever region the message names; and no other region's keys. */
  multiRegion?: { region: string }
  grantTokens?: readonly string[]
}

export const DISCOVERY_FILTER_SHAPE: Shape<DiscoveryFilter> = { accounts: listOf(aText), partition: aText }

const DISCOVERY_SHAPE: Shape<DiscoveryOptions> = {
  ...GRANTS_SHAPE,
  ...DISCOVERY_FILTER_SHAPE,
  kms: aKms,
  multiRegion: optional(shaped<{ region: string }>({ region: aText })),
}

/**
 * Opens what any KMS key of some accounts wrapped, asking the key that the message names. It cannot encrypt.
 *
 * Without the restriction the writer of a message would choose the key that opens it, such as one of their own.
 */
export class KmsDiscoveryKeyring implements Keyring {
  readonly #kms: Kms
  readonly #choose: ChooseKey
  readonly #grants: Grants

  /** @throws EnvelopeError INVALID_ARGUMENT without an account. */
  constructor(options: DiscoveryOptions) {
    requireOptions(options, 'A discovery keyring', DISCOVERY_SHAPE)
    const { kms, accounts, partition, multiRegion, grantTokens } = options
    if (accounts.length === 0) {
      throw new EnvelopeError('INVALID_ARGUMENT', 'Name the accounts whose keys may be asked: there is none.')
    }
    this.#kms = kms
    this.#choose = chooser({ accounts, partition }, multiRegion?.region)
    this.#grants = grantsOf(grantTokens)
  }

  onEncrypt(): Promise<WrappedDataKey> {
    const message = 'A discovery keyring cannot encrypt: it has no key of its own. Name the keys to encrypt under.'
    return Promise.reject(new EnvelopeError('INVALID_ARGUMENT', message))
  }

  onDecrypt(request: UnwrapRequest): Promise<Unwrapped> {
    return unwrapWithKms(this.#kms, request, this.#choose, this.#grants)
  }
}

/** Specification, "AWS KMS discovery keyring" and "AWS KMS MRK discovery keyring". */
function chooser(filter: DiscoveryFilter, ownRegion: string | undefined): ChooseKey {
  return (arn: KeyArn) => {
    const outside = outsideOf(filter, arn)
    if (outside !== undefined) return { decline: outside }
    const named = parseKeyArn(arn)
    if (ownRegion === undefined) return { ask: arn }
    if (isMultiRegion(named)) return { ask: inRegion(named, ownRegion) }
    return named.region === ownRegion ? { ask: arn } : { decline: `it is not in the region ${ownRegion}.` }
  }
}

/** Why a key may not be asked, if it is none of these accounts'. */
export function outsideOf({ accounts, partition }: DiscoveryFilter, arn: KeyArn): string | undefined {
  const named = parseKeyArn(arn)
  if (accounts.includes(named.account) && named.partition === partition) return undefined
  return `it is outside ${accounts.length === 1 ? 'account' : 'accounts'} ${accounts.join(', ')} of partition ${partition}.`
}
