import { EnvelopeError } from '../error.ts'
import type { Kms } from '../kms/kms.ts'
import { parseKeyArn } from './key-arn.ts'
import type { KeyArn } from './key-arn.ts'
import type { Keyring, Unwrapped, UnwrapRequest, WrappedDataKey } from './keyring.ts'
import { unwrapWithKms } from './kms-unwrap.ts'

export interface DiscoveryOptions {
  kms: Kms
  /** The account, 12 digits, whose keys may be asked. */
  account: string
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  partition: string
  grantTokens?: readonly string[]
}

/**
 * Opens what any KMS key of one account wrapped, asking the key that the message names. It cannot encrypt.
 *
 * Without the restriction whoever writes a message would choose the key that opens it: one of his own, then.
 */
export class KmsDiscoveryKeyring implements Keyring {
  readonly #kms: Kms
  readonly #decline: (arn: KeyArn) => string | undefined
  readonly #grants: { GrantTokens?: readonly string[] }

  constructor({ kms, account, partition, grantTokens }: DiscoveryOptions) {
    this.#kms = kms
    this.#decline = outsideOf(account, partition)
    this.#grants = grantTokens === undefined ? {} : { GrantTokens: grantTokens }
  }

  onEncrypt(): Promise<WrappedDataKey> {
    const message = 'A discovery keyring cannot encrypt: it has no key of its own. Name the keys to encrypt under.'
    return Promise.reject(new EnvelopeError('INVALID_ARGUMENT', message))
  }

  onDecrypt(request: UnwrapRequest): Promise<Unwrapped> {
    return unwrapWithKms(this.#kms, request, this.#decline, this.#grants)
  }
}

function outsideOf(account: string, partition: string): (arn: KeyArn) => string | undefined {
  return (arn) => {
    const named = parseKeyArn(arn)
    const isInside = named.account === account && named.partition === partition
    return isInside ? undefined : `it is outside account ${account} of partition ${partition}.`
  }
}
