import { closeSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { decryptAge, type Take } from './age.ts'
import type { Identity } from './age-identity.ts'
import { Failure } from './failure.ts'

const BLOCK = 512
const NAME = /^(?:[a-z]+\.(?:json|db)|root\/[-0-9a-f]{36}\.json|audit\/[-0-9a-f]{36}\/\d{8}\.log)$/
const REGULAR = '0'
const EXTENDED = 'x'

/**
 * Decrypts a full backup and unpacks it into a new folder (docs/spec/backup.md). Every chunk was verified; that the members are
 * those which Keyhold sealed is for the commands that then read the folder, which check each row.
 */
export function unpackBackup(from: string, to: string, identities: readonly Identity[]): string {
  const file = openSync(from, 'r')
  try {
    mkdirSync(to, { mode: 0o700 })
    const names = unpack(bytesOf(decryptAge(taker(file), identities)), to)
    if (names.some((name) => name === 'keyhold.db')) return `Unpacked ${names.length} files into ${to}`
    throw new Failure('The backup is an incremental one: this reader unpacks full ones alone.')
  } finally {
    closeSync(file)
  }
}

function taker(file: number): Take {
  return (bytes) => {
    const buffer = Buffer.alloc(bytes)
    let filled = 0
    for (let count = -1; count !== 0 && filled < bytes; filled += count)
      count = readSync(file, buffer, filled, bytes - filled, null)
    return buffer.subarray(0, filled)
  }
}

/** Takes bytes from chunks of any length. */
function bytesOf(chunks: Iterator<Buffer>): Take {
  let held: Buffer = Buffer.alloc(0)
  return (bytes) => {
    const parts: Buffer[] = []
    for (let missing = bytes; missing > 0;) {
      if (held.byteLength === 0) {
        const next = chunks.next()
        if (next.done === true) break
        held = next.value
      }
      const part = held.subarray(0, missing)
      held = held.subarray(part.byteLength)
      missing -= part.byteLength
      parts.push(part)
    }
    return Buffer.concat(parts)
  }
}

function unpack(take: Take, to: string): string[] {
  const names: string[] = []
  let extended: number | undefined
  for (let header = take(BLOCK); header.some((byte) => byte !== 0); header = take(BLOCK)) {
    const name = header.toString('latin1', 0, 100).replace(/\0.*$/, '')
    const type = header.toString('latin1', 156, 157)
    const size = extended ?? Number.parseInt(header.toString('latin1', 124, 136), 8)
    if (type === EXTENDED) {
      extended = sizeIn(take(padded(size)).subarray(0, size).toString())
      continue
    }
    extended = undefined
    if (type !== REGULAR || !NAME.test(name)) {
      if (/^(?:changes\/|audit\/.*@)/.test(name)) throw new Failure('The backup is an incremental one.')
      throw new Failure(`The backup has a member that no backup has: ${JSON.stringify(name)}.`)
    }
    writeMember(join(to, name), size, take)
    names.push(name)
  }
  return names
}

/** The record `size` of an extended header of pax. */
function sizeIn(records: string): number {
  return Number(/^\d+ size=(\d+)$/m.exec(records)?.[1])
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK
}

function writeMember(path: string, size: number, take: Take): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const file = openSync(path, 'wx', 0o600)
  try {
    for (let left = size; left > 0;) {
      const part = take(Math.min(left, BLOCK * 2048))
      if (part.byteLength === 0) throw new Failure('The backup ends too early.')
      writeSync(file, part)
      left -= part.byteLength
    }
    take(padded(size) - size)
  } finally {
    closeSync(file)
  }
}
