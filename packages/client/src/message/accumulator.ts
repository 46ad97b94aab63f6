/** Bytes that have arrived but cannot be used yet. Grows by doubling, so that feeding byte by byte stays cheap. */
export class Accumulator {
  #bytes = new Uint8Array(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** What has accumulated: a view that the next `take` may move or overwrite. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Takes from `chunk` until `target` bytes have accumulated, and returns the rest of it. */
  fillTo(target: number, chunk: Uint8Array): Uint8Array {
    const taken = chunk.subarray(0, Math.max(0, target - this.#length))
    this.#reserve(this.#length + taken.length)
    this.#bytes.set(taken, this.#length)
    this.#length += taken.length
    return chunk.subarray(taken.length)
  }

  clear(): void {
    this.#length = 0
  }

  #reserve(needed: number): void {
    if (needed <= this.#bytes.length) return
    const outgrown = this.#bytes
    this.#bytes = new Uint8Array(Math.max(needed, outgrown.length * 2))
    this.#bytes.set(outgrown.subarray(0, this.#length))
  }
}
