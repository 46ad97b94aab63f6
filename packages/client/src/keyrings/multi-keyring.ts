import { EnvelopeError } from '../base/error.ts'
import { mergeAttempts } from '../base/attempt.ts'
import type { Attempt } from '../base/attempt.ts'
import { aKeyring } from './checks.ts'
import type { Keyring, Unwrapped, UnwrapRequest, WrappedDataKey, WrapRequest } from './keyring.ts'

/** Several keyrings as one. Specification, "Multi-keyring": the first makes the data key, and every other wraps it. */
class MultiKeyring implements Keyring {
  readonly #generator: Keyring
  readonly #others: readonly Keyring[]

  constructor(generator: Keyring, others: readonly Keyring[]) {
    this.#generator = generator
    this.#others = others
  }

  async onEncrypt(request: WrapRequest): Promise<WrappedDataKey> {
    const { dataKey, encryptedDataKeys } = await this.#generator.onEncrypt(request)
    // All are awaited, even once one has failed: each of them reads the data key, which is wiped afterwards.
    const wrapped = await Promise.allSettled(this.#others.map((keyring) => keyring.onEncrypt({ ...request, dataKey })))
    const failure = wrapped.find((result) => result.status === 'rejected')
    if (failure !== undefined) {
      if (request.dataKey === undefined) dataKey.wipe()
      throw failure.reason
    }
    const others = wrapped.flatMap(
      (result) => (result as PromiseFulfilledResult<WrappedDataKey>).value.encryptedDataKeys,
    )
    return { dataKey, encryptedDataKeys: [...encryptedDataKeys, ...others] }
  }

  async onDecrypt(request: UnwrapRequest): Promise<Unwrapped> {
    const tried: (readonly Attempt[])[] = []
    for (const keyring of [this.#generator, ...this.#others]) {
      const result = await keyring.onDecrypt(request)
      if (result.dataKey !== undefined) return result
      tried.push(result.attempts)
    }
    const attempts = request.encryptedDataKeys.map((_, index) => mergeAttempts(tried.map((each) => each[index]!)))
    return { attempts }
  }
}

/**
 * A keyring of several: what it seals, any one of them opens, and it opens what any of them sealed.
 *
 * @throws EnvelopeError INVALID_ARGUMENT without a keyring.
 */
export function anyOf(...keyrings: readonly Keyring[]): Keyring {
  for (const keyring of keyrings) aKeyring(keyring, 'anyOf: each argument')
  const [generator, ...others] = keyrings
  if (generator === undefined) throw new EnvelopeError('INVALID_ARGUMENT', 'No keyring was given.')
  return others.length === 0 ? generator : new MultiKeyring(generator, others)
}
