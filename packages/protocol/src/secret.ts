const inspect = Symbol.for('nodejs.util.inspect.custom')

/**
 * Bytes that must never reach a log, a message or a record.
 *
 * Every implicit way out (string conversion, JSON, inspection, spreading) yields a placeholder; the only
 * way to the bytes is {@link Secret.reveal}, which can be grepped for.
 */
export class Secret {
  readonly #bytes: Uint8Array

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Takes ownership of `bytes`: the caller keeps no other reference, so that {@link wipe} reaches the only copy. */
  static of(bytes: Uint8Array): Secret {
    if (!ArrayBuffer.isView(bytes)) throw new TypeError('A Secret is made of a Uint8Array.')
    return new Secret(bytes)
  }

  get byteLength(): number {
    return this.#bytes.byteLength
  }

  /** The bytes themselves, not a copy. Do not keep them past the use at hand. */
  reveal(): Uint8Array {
    return this.#bytes
  }

  /** Overwrites the bytes with zeros. The secret stays usable as a value of zeros; nothing throws. */
  wipe(): void {
    this.#bytes.fill(0)
  }

  [Symbol.dispose](): void {
    this.wipe()
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect](): string {
    return '[secret]'
  }
}

/**
 * Bytes in memory of their own that stays where it is: what is wiped there is gone. V8 keeps typed arrays of up to 64
 * bytes on its own heap instead. It moves them about, and moves them out when native code asks for them, and leaves copies behind.
 */
export function fixedBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length))
}

/** A copy of a secret, with memory of its own. */
export function copyOfSecret(secret: Uint8Array): Secret {
  const bytes = fixedBytes(secret.byteLength)
  bytes.set(secret)
  return Secret.of(bytes)
}
