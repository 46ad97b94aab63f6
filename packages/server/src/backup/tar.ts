import { BackupError } from './backup-error.ts'

/**
 * The container of a backup: the interchange format of pax (POSIX.1-2017, "pax", "ustar Interchange Format"), so that every tar
 * reads it. Sizes of 8 GiB and more, which ustar has no room for, are in an extended header ("pax Extended Header").
 */

export const BLOCK_BYTES = 512
/** Eleven octal digits. */
const MAX_USTAR_BYTES = 0o77777777777
/** No name of a backup's member is longer. */
const MAX_NAME_BYTES = 100
/** An extended header of ours has about 30 bytes. */
const MAX_EXTENDED_BYTES = 4096

/** One member: a regular file. */
export interface TarMember {
  name: string
  bytes: number
}

/** The blocks before a member's content. */
export function tarHeader({ name, bytes }: TarMember, timeMs: number): Buffer {
  if (bytes <= MAX_USTAR_BYTES) return ustar({ name, bytes }, '0', timeMs)
  const record = Buffer.from(paxRecord('size', String(bytes)))
  const extended = ustar({ name: 'pax', bytes: record.byteLength }, 'x', timeMs)
  return Buffer.concat([extended, record, tarPadding(record.byteLength), ustar({ name, bytes: 0 }, '0', timeMs)])
}

/** The zeros after a content of so many bytes. */
export function tarPadding(bytes: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES)
}

/** "Two 512-octet logical records filled with binary zeros". */
export const TAR_END = Buffer.alloc(2 * BLOCK_BYTES)

/** What a header block says. */
export type TarBlock = { kind: 'member'; member: TarMember } | { kind: 'extended'; bytes: number } | { kind: 'end' }

/**
 * Reads a block before a content. `size` is that of an extended header before it. Throws {@link BackupError} `damaged` for
 * anything that {@link tarHeader} does not make.
 */
export function readTarBlock(block: Uint8Array, size?: number): TarBlock {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
  if (bytes.every((byte) => byte === 0)) return { kind: 'end' }
  const sum = parseInt(bytes.toString('latin1', 148, 155), 8)
  const name = bytes.toString('latin1', 0, MAX_NAME_BYTES).replace(/\0+$/, '')
  const stated = parseInt(bytes.toString('latin1', 124, 135), 8)
  const type = String.fromCharCode(bytes[156] ?? 0)
  if (sum !== checksum(bytes) || !Number.isSafeInteger(stated)) throw damaged()
  if (type === 'x' && stated <= MAX_EXTENDED_BYTES) return { kind: 'extended', bytes: stated }
  if (type !== '0' || !isMemberName(name)) throw damaged()
  return { kind: 'member', member: { name, bytes: size ?? stated } }
}

/** The size that an extended header states. Throws as {@link readTarBlock}. */
export function readExtended(content: Uint8Array): number {
  const size = /^\d+ size=(\d{1,16})\n$/.exec(Buffer.from(content).toString('latin1'))?.[1]
  if (size === undefined || !Number.isSafeInteger(Number(size))) throw damaged()
  return Number(size)
}

/** Relative, of plain characters, and without steps upwards: what is unpacked stays below the folder it is unpacked to. */
function isMemberName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._@-]*(?:\/[A-Za-z0-9][A-Za-z0-9._@-]*){0,3}$/.test(name)
}

function damaged(): BackupError {
  return new BackupError('damaged', 'The backup is not in the form that Keyhold writes.')
}

/** "%d %s=%s\n" with the length of the whole record, its own digits included. */
function paxRecord(keyword: string, value: string): string {
  const rest = ` ${keyword}=${value}\n`
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return `${length}${rest}`
}

function ustar({ name, bytes }: TarMember, type: '0' | 'x', timeMs: number): Buffer {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw new RangeError(`the name ${name} is too long`)
  const block = Buffer.alloc(BLOCK_BYTES)
  block.write(name, 0)
  block.write('0000600\0', 100)
  block.write('0000000\0', 108)
  block.write('0000000\0', 116)
  block.write(`${octal(bytes, 11)}\0`, 124)
  block.write(`${octal(Math.max(0, Math.floor(timeMs / 1000)), 11)}\0`, 136)
  block.write(type, 156)
  block.write('ustar\u000000', 257)
  block.write(`${octal(checksum(block), 6)}\0 `, 148)
  return block
}

/** The sum of all bytes, with spaces for its own field. */
function checksum(block: Uint8Array): number {
  let sum = 0
  for (const [at, byte] of block.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte
  return sum
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}
