/** Zeros are left out in whole blocks of this length, at multiples of it: no file system has finer holes that matter. */
const BLOCK_BYTES = 2 ** 16
const ZEROS = new Uint8Array(BLOCK_BYTES)

/** Bytes that are written somewhere. */
export interface Run {
  bytes: Uint8Array
  position: number
}

/** What must be written of bytes that go to a position in a new file, where whatever is not written reads as zeros. */
export function runsOf(bytes: Uint8Array, position: number): Run[] {
  const runs: Run[] = []
  let start: number | undefined
  const end = (here: number): void => {
    if (start !== undefined) runs.push({ bytes: bytes.subarray(start, here), position: position + start })
    start = undefined
  }
  for (let here = 0; here < bytes.length;) {
    const next = Math.min(bytes.length, here + BLOCK_BYTES - ((position + here) % BLOCK_BYTES))
    if (isZeros(bytes.subarray(here, next))) end(here)
    else start ??= here
    here = next
  }
  end(bytes.length)
  return runs
}

function isZeros(block: Uint8Array): boolean {
  return block[0] === 0 && Buffer.compare(block, ZEROS.subarray(0, block.length)) === 0
}
