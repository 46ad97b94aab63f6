import { type Block, contains, readAddress, readBlock } from '../../../domain/policy/language/values/address.ts'
import { UNIX } from './address.ts'

/** A list of trusted proxies that cannot be used. The message says which entry, and why. */
class TrustedProxyError extends Error {
  override readonly name = 'TrustedProxyError'
}

/** Networks of large content networks have some hundred blocks. Each request from a proxy is compared with all of them. */
const MAX_BLOCKS = 1000

/**
 * The proxies whose word on their clients is taken: addresses, CIDR blocks, and `unix` for what connects to a Unix socket.
 */
export class TrustedProxies {
  #blocks: readonly Block[]
  #trustsUnix: boolean
  readonly #proxyProtocol: boolean

  private constructor(blocks: readonly Block[], trustsUnix: boolean, proxyProtocol: boolean) {
    this.#blocks = blocks
    this.#trustsUnix = trustsUnix
    this.#proxyProtocol = proxyProtocol
  }

  /**
   * Throws a {@link TrustedProxyError} for the first text that is not a proxy that can be trusted. With `proxyProtocol`, all of them
   * begin each connection with a PROXY header.
   */
  static of(texts: readonly string[], { proxyProtocol = false } = {}): TrustedProxies {
    if (texts.length > MAX_BLOCKS) throw new TrustedProxyError(`At most ${MAX_BLOCKS} trusted proxies can be named.`)
    if (proxyProtocol && texts.length === 0)
      throw new TrustedProxyError('The PROXY protocol is for trusted proxies, and none is named.')
    const blocks = texts.filter((text) => text !== UNIX).map(blockOf)
    return new TrustedProxies(blocks, texts.includes(UNIX), proxyProtocol)
  }

  /**
   * Trusts these instead, from the next request and connection on. Whether they begin with a PROXY header stays. Throws as
   * {@link TrustedProxies.of}, and then trusts those of before.
   */
  replace(texts: readonly string[]): void {
    const next = TrustedProxies.of(texts, { proxyProtocol: this.#proxyProtocol })
    this.#blocks = next.#blocks
    this.#trustsUnix = next.#trustsUnix
  }

  /** Whether connections from that address must begin with a PROXY header. It is known, never guessed from what comes. */
  announce(address: string): boolean {
    return this.#proxyProtocol && this.trusts(address)
  }

  /** Takes an address in its canonical form, or `unix`. */
  trusts(address: string): boolean {
    if (address === UNIX) return this.#trustsUnix
    if (this.#blocks.length === 0) return false
    const words = readAddress(address)
    return words !== undefined && this.#blocks.some((block) => contains(block, words))
  }
}

function blockOf(text: string): Block {
  const block = readBlock(text)
  if (block === undefined)
    throw new TrustedProxyError(`'${text}' is not an IP address, a CIDR block such as 10.0.0.0/8, or unix.`)
  if (block.bits === 0)
    throw new TrustedProxyError(`'${text}' trusts every address: each client could choose the address it is known by.`)
  if (hasBitsBeyond(block)) throw new TrustedProxyError(`'${text}' has bits beyond the length of its prefix.`)
  return block
}

/** As in `10.1.2.3/8`, which is more often a mistake than a network. */
function hasBitsBeyond({ address, bits }: Block): boolean {
  return address.some((word, index) => {
    const length = Math.min(Math.max(bits - index * 32, 0), 32)
    const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0
    return (word & ~mask) !== 0
  })
}
