const BYTES = 32

/**
 * A sum of 32-byte numbers modulo 2²⁵⁶, big-endian. It uses 32-bit limbs and no `BigInt`, so that its time does not
 * depend on the values.
 */
export class ModularSum {
  /** The least significant first. */
  readonly #limbs = new Uint32Array(8)

  /** Starts at zero, or at the number in these 32 bytes. */
  static of(bytes?: Uint8Array): ModularSum {
    const sum = new ModularSum()
    if (bytes !== undefined) sum.add(bytes)
    return sum
  }

  add(bytes: Uint8Array): void {
    const view = numberIn(bytes)
    let carry = 0
    for (let index = 0; index < 8; index++) {
      const limb = (this.#limbs[index] ?? 0) + view.getUint32(28 - 4 * index) + carry
      this.#limbs[index] = limb
      carry = limb > 0xffffffff ? 1 : 0
    }
  }

  subtract(bytes: Uint8Array): void {
    const view = numberIn(bytes)
    let borrow = 0
    for (let index = 0; index < 8; index++) {
      const limb = (this.#limbs[index] ?? 0) - view.getUint32(28 - 4 * index) - borrow
      this.#limbs[index] = limb
      borrow = limb < 0 ? 1 : 0
    }
  }

  copy(): ModularSum {
    const sum = new ModularSum()
    sum.#limbs.set(this.#limbs)
    return sum
  }

  toBytes(): Buffer {
    const bytes = Buffer.alloc(BYTES)
    this.#limbs.forEach((limb, index) => bytes.writeUInt32BE(limb, 28 - 4 * index))
    return bytes
  }
}

function numberIn(bytes: Uint8Array): DataView {
  if (bytes.byteLength !== BYTES) throw new TypeError(`a number must have ${BYTES} bytes, not ${bytes.byteLength}`)
  return new DataView(bytes.buffer, bytes.byteOffset, BYTES)
}
