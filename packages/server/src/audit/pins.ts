import { layoutOf } from './layout.ts'
import type { Genesis, Predecessor } from './lines.ts'

/** The content of the geneses in a folder. Each is verified with its own stream. */
/** A statement in a genesis about the end of an earlier stream. */
export interface Pins {
  /** By stream: where later streams state that it ends, and which of them. */
  pins: Map<string, Pin[]>
  /** The geneses, by stream. */
  geneses: Map<string, Genesis>
}

export interface Pin extends Predecessor {
  /** The stream with that genesis. */
  by: string
}

/** Reads the first line of each stream. */
export async function readPins(folder: string, streams: readonly string[]): Promise<Pins> {
  const pins = new Map<string, Pin[]>()
  const geneses = new Map<string, Genesis>()
  for (const stream of streams) {
    const { segments } = await layoutOf(folder, stream)
    const genesis = segments[0]?.genesis
    if (genesis === undefined) continue
    geneses.set(stream, genesis)
    for (const predecessor of genesis.predecessors) {
      pins.set(predecessor.stream, [...(pins.get(predecessor.stream) ?? []), { ...predecessor, by: stream }])
    }
  }
  return { pins, geneses }
}
