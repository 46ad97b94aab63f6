import type { Sha256 } from './ports.ts'

const HASH_BYTES = 32

/**
 * The Merkle tree hash of RFC 6962, section 2.1, computed as leaves arrive. Keeps only the roots of the complete
 * subtrees of the tree ("peaks", largest first): O(log n) memory, one or two hashes per leaf.
 */
export class MerkleTree {
  readonly #sha256: Sha256
  readonly #peaks: string[]
  #size: number

  /**
   * Creates an empty tree, or the tree with these peaks: one for each bit set in `size`. Throws RangeError for another
   * number of peaks.
   */
  constructor(sha256: Sha256, size = 0, peaks: readonly string[] = []) {
    if (peaks.length !== bitsSet(size)) throw new RangeError('the number of peaks does not match the size of the tree')
    this.#sha256 = sha256
    this.#size = size
    this.#peaks = [...peaks]
  }

  get size(): number {
    return this.#size
  }

  /** The roots of the complete subtrees, largest first, in hex. */
  get peaks(): readonly string[] {
    return this.#peaks
  }

  copy(): MerkleTree {
    return new MerkleTree(this.#sha256, this.#size, this.#peaks)
  }

  addLeaf(leafHash: string): void {
    let hash = leafHash
    // Each trailing one bit of the size is a complete subtree of the current height. No bit operators: sizes exceed
    // 2^31.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) hash = this.#join(this.#peaks.pop() ?? '', hash)
    this.#peaks.push(hash)
    this.#size += 1
  }

  /** The root in hex. The root of the empty tree is the hash of no bytes. */
  root(): string {
    if (this.#peaks.length === 0) return this.#sha256('')
    return this.#peaks.reduceRight((right, left) => this.#join(left, right))
  }

  #join(left: string, right: string): string {
    node.write(left, 1, 'hex')
    node.write(right, 1 + HASH_BYTES, 'hex')
    return this.#sha256(node)
  }
}

/** 0x01 ‖ left ‖ right, overwritten for each interior hash. */
const node = Buffer.alloc(1 + 2 * HASH_BYTES, 1)

/** The hash of a leaf: 0x00 before the line's bytes, without its newline. */
export function leafHashOfText(sha256: Sha256, line: string): string {
  return sha256(`\0${line}`)
}

/** Like {@link leafHashOfText}, over bytes as found, which need not be UTF-8. */
export function leafHashOfBytes(sha256: Sha256, line: Uint8Array): string {
  const leaf = Buffer.allocUnsafe(line.byteLength + 1)
  leaf[0] = 0
  leaf.set(line, 1)
  return sha256(leaf)
}

function bitsSet(size: number): number {
  let count = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2
  return count
}
