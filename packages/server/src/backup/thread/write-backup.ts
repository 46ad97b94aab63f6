import { closeSync, fsyncSync, openSync, readSync } from 'node:fs'
import { cutOf, type StreamCut, type StreamPlace } from '../../audit/cut.ts'
import { takeSnapshot } from '../../vault/storage/snapshot.ts'
import { ArchiveWriter, type WrittenMember } from '../archive-writer.ts'
import { type Description, FORMAT, jsonMember, MEMBERS, type Seal } from '../description.ts'
import type { Base, Order } from './messages.ts'

/** What was written. */
export interface Written {
  description: Description
  members: readonly WrittenMember[]
  streams: Record<string, StreamPlace>
}

/** How much of the changes is in memory at once. */
const CHANGES_BYTES = 8 * 1024 * 1024
const PART_BYTES = 1024 * 1024

/** Writes the file and waits until it is on the disk. `macOf` authenticates the members. Leaves what there is when it fails. */
export async function writeBackup(
  order: Order,
  macOf: (members: readonly WrittenMember[]) => Promise<string>,
): Promise<Written> {
  const descriptor = openSync(order.file, 'wx', 0o600)
  try {
    const writer = new ArchiveWriter(descriptor, order.start, order.description.madeMs)
    const { description, streams } = await writeContent(order, writer)
    const members = [...writer.members]
    const seal: Seal = { format: FORMAT, members, mac: await macOf(members) }
    writer.addBytes(MEMBERS.seal, jsonMember(seal))
    writer.end()
    fsyncSync(descriptor)
    return { description, members: writer.members, streams }
  } finally {
    closeSync(descriptor)
  }
}

async function writeContent(
  { snapshot: place, auditFolder, base: wanted, description, members }: Order,
  writer: ArchiveWriter,
): Promise<Pick<Written, 'description' | 'streams'>> {
  using snapshot = takeSnapshot(place)
  const { facts } = snapshot
  const isReachable = wanted !== undefined && wanted.schema === facts.schema && wanted.revision >= facts.trimmed
  const base = isReachable ? wanted : undefined
  const complete = { ...description, ...chainOf(description.backupId, base), ...contentOf(snapshot) }
  writer.addBytes(MEMBERS.description, jsonMember(complete))
  for (const { name, content } of members) writer.addBytes(name, content)
  const changes = base && snapshot.changesSince(base.revision)
  if (changes === undefined) writer.add({ name: MEMBERS.database, bytes: snapshot.bytes }, snapshot.pages())
  else writeChanges(changes, writer)
  const streams: Record<string, StreamPlace> = {}
  for (const { stream, ...known } of facts.streams) {
    const cut = await cutOf(auditFolder, stream, known.bytes > 0 ? known : undefined, facts.sequence)
    const last = cut?.segments.at(-1)
    if (cut === undefined || last === undefined) continue
    writeStream(cut, base?.streams[stream], writer)
    streams[stream] = { segment: last.number, bytes: last.bytes }
  }
  return { description: complete, streams }
}

function chainOf(backupId: string, base: Base | undefined): Pick<Description, 'chain' | 'base'> {
  if (base === undefined) return { chain: backupId }
  const { backupId: id, chain, sha256, revision } = base
  return { chain, base: { backupId: id, sha256, revision } }
}

function contentOf({ facts }: ReturnType<typeof takeSnapshot>): Content {
  const { revision, sequence, schema, domains } = facts
  return { revision, sequence, schema, domains }
}

type Content = Pick<Description, 'revision' | 'sequence' | 'schema' | 'domains'>

/** In members that fit into memory, as a tar has the size of each before it. */
function writeChanges(lines: Iterable<string>, writer: ArchiveWriter): void {
  let [held, bytes, number]: [Buffer[], number, number] = [[], 0, 1]
  const flush = (): void => {
    writer.add({ name: `changes/${String(number++).padStart(8, '0')}.jsonl`, bytes }, held)
    ;[held, bytes] = [[], 0]
  }
  for (const text of lines) {
    const line = Buffer.from(text)
    if (bytes + line.byteLength > CHANGES_BYTES && bytes > 0) flush()
    held.push(line)
    bytes += line.byteLength
  }
  flush()
}

/** What of a stream is after `known`: whole segments, and the rest of one, whose name says where it continues. */
function writeStream({ stream, segments }: StreamCut, known: StreamPlace | undefined, writer: ArchiveWriter): void {
  for (const { number, path, bytes } of segments) {
    const from = known === undefined || number > known.segment ? 0 : number < known.segment ? bytes : known.bytes
    if (from >= bytes) continue
    const parts = partsOf(path, from, bytes)
    if (parts === undefined) continue
    const name = `audit/${stream}/${String(number).padStart(8, '0')}.log`
    writer.add({ name: from === 0 ? name : `${name}@${from}`, bytes: bytes - from }, parts)
  }
}

/** `undefined` for a file that is gone: old segments of the stream that strangers write to are dropped. */
function partsOf(path: string, from: number, to: number): Iterable<Uint8Array> | undefined {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  return readParts(descriptor, from, to)
}

function* readParts(descriptor: number, from: number, to: number): Generator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(PART_BYTES)
  try {
    for (let at = from, read = 1; at < to && read > 0; at += read) {
      read = readSync(descriptor, buffer, 0, Math.min(buffer.byteLength, to - at), at)
      yield buffer.subarray(0, read)
    }
  } finally {
    closeSync(descriptor)
  }
}
