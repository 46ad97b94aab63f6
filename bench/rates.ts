import { load } from './load.ts'
import type { ServerProcess } from './process.ts'
import { figure, median, percent } from './statistics.ts'

const CONNECTIONS = 16

/** One server and one request that it answers over and over. */
export interface Contender {
  name: string
  server: ServerProcess
  /** Signed again for each round: a signature is valid for five minutes. */
  request(): Uint8Array
  /** The certificate of a server that is asked over TLS. */
  ca?: string
}

interface Rounds {
  rounds: number
  requests: number
}

/**
 * Requests per CPU second of each contender's server, side by side: in every round each runs once, so that a machine that
 * slows down slows all of them.
 */
export async function measureRates(
  contenders: readonly Contender[],
  { rounds, requests }: Rounds,
): Promise<Map<string, number[]>> {
  const rates = new Map(contenders.map(({ name }) => [name, [] as number[]]))
  for (const contender of contenders) await measure(contender, requests / 4)
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) rates.get(contender.name)?.push(await measure(contender, requests))
  }
  return rates
}

async function measure({ server, request, ca }: Contender, requests: number): Promise<number> {
  const bytes = request()
  const before = server.cpuSeconds()
  await load({ port: server.port, request: bytes, connections: CONNECTIONS, requests, ca })
  return requests / (server.cpuSeconds() - before)
}

/** Prints the median of each, and its share of the first contender's, the yardstick. */
export function reportRates(title: string, yardstickName: string, rates: ReadonlyMap<string, readonly number[]>): void {
  const yardstick = median([...rates.values()][0] ?? [])
  const width = Math.max(...[...rates.keys()].map((name) => name.length)) + 2
  console.log(`${title}: requests per server CPU-second, medians, ${CONNECTIONS} connections`)
  for (const [name, values] of rates) {
    const rate = median(values)
    const share = percent(rate / yardstick).padStart(8)
    console.log(`  ${name.padEnd(width)} ${figure(rate).padStart(8)}   ${share} of ${yardstickName}`)
  }
}
