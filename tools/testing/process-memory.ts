import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** For the `skip` option of a test: Linux shows a parent the memory of its child. */
export const skipsMemory: false | string =
  process.platform === 'linux' ? false : 'only Linux shows the memory of a process'

const READABLE = /^([0-9a-f]+)-([0-9a-f]+) r/
const PIECE_BYTES = 2 ** 24

/** How often each of the byte strings occurs in the memory of a child process. */
export function occurrencesIn(pid: number, sought: readonly Uint8Array[]): number[] {
  const counts = sought.map(() => 0)
  for (const piece of memoryOf(pid)) {
    for (const [index, bytes] of sought.entries()) counts[index]! += countIn(piece, bytes)
  }
  return counts
}

/** Each piece is overwritten by the next. */
function* memoryOf(pid: number): Generator<Buffer> {
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    for (const [start, end] of mappings(pid)) yield* piecesOf(memory, start, end)
  } finally {
    closeSync(memory)
  }
}

function mappings(pid: number): [start: number, end: number][] {
  return readFileSync(`/proc/${pid}/maps`, 'latin1')
    .split('\n')
    .flatMap((line) => {
      const found = READABLE.exec(line)
      return found === null ? [] : [[Number.parseInt(found[1]!, 16), Number.parseInt(found[2]!, 16)]]
    })
}

/** What the end of a piece cuts is not found: pieces are large, and counts are not exact anyway. */
function* piecesOf(memory: number, start: number, end: number): Generator<Buffer> {
  const buffer = Buffer.alloc(Math.min(PIECE_BYTES, end - start))
  for (let position = start; position < end;) {
    const bytesRead = tryRead(memory, buffer.subarray(0, end - position), position)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    position += bytesRead
  }
}

/** Nothing of what is mapped and yet not to be read, as the kernel's own pages and those beyond the end of a file. */
function tryRead(memory: number, buffer: Buffer, position: number): number {
  try {
    return readSync(memory, buffer, 0, buffer.length, position)
  } catch {
    return 0
  }
}

function countIn(piece: Buffer, bytes: Uint8Array): number {
  let count = 0
  for (let index = piece.indexOf(bytes); index >= 0; index = piece.indexOf(bytes, index + 1)) count += 1
  return count
}
