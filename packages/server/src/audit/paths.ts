import { join } from 'node:path'

const STREAM_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const SEGMENT_NAME = /^(?!0{8})(\d{8})\.log$/

/** Written beside the segments by the process that owns the stream (file-owner.ts). */
export const OWNER_FILE = 'owner.json'

/** Returns whether a name is the id of a stream, a version 4 UUID. Other names in the audit folder are not ours. */
export function isStreamId(name: string): boolean {
  return STREAM_ID.test(name)
}

export function streamFolder(folder: string, stream: string): string {
  return join(folder, stream)
}

/** Where a stream's folder is until it has its owner. Readers pass over it. */
export function unfinishedFolder(folder: string, stream: string): string {
  return join(folder, `.${stream}`)
}

export function segmentPath(folder: string, stream: string, number: number): string {
  return join(streamFolder(folder, stream), segmentName(number))
}

function segmentName(number: number): string {
  return `${String(number).padStart(8, '0')}.log`
}

/** Returns the number in the name of a segment file, or `undefined` for other files. */
export function segmentNumber(name: string): number | undefined {
  const digits = SEGMENT_NAME.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}
