import { remainingMs } from '../../domain/keys/seen-time.ts'
import { type BeginContext, beginRotation } from '../../jobs/domain-rotation.ts'
import type { AuditOperator } from '../../audit/record.ts'
import type { DomainRotations, DomainState, Moved } from '../../vault/records/domain-rotations.ts'
import type { RecordReader } from '../../vault/records/records.ts'
import { readSeenTime } from '../../vault/records/waits.ts'
import { OperatorError } from './operator-error.ts'

/** More generations that wait to be destroyed than anyone needs. */
const MAX_RETIRED = 100

/** A domain key, as operators see it. */
export interface ListedDomain {
  domain: string
  /** The generation that seals. */
  generation: number
  /** When it was made, in milliseconds since the epoch; absent if no rotation made it. */
  madeMs?: number
  /** Older generations, each with how long the service must still run before it can be destroyed; absent if that is unknown. */
  retired: { generation: number; remainingMs?: number }[]
}

/** What a rotation has done. */
export interface RotatedDomain extends ListedDomain {
  rows: number
  /** Rows that are not authentic, and hold the old generation. */
  refused: number
}

interface Looking {
  rotations: DomainRotations
  records: RecordReader
}

/** Every domain that has a key. */
export async function listedDomains(looking: Looking): Promise<ListedDomain[]> {
  const seen = (await readSeenTime(looking))?.seen
  return (await looking.rotations.states()).map(({ domain, newest: { generation, madeMs }, retired }) => ({
    domain,
    generation,
    ...(madeMs !== undefined && { madeMs }),
    retired: retired.map((one) => {
      const leftMs = seen && remainingMs(one.retired?.wait, seen)
      return { generation: one.generation, ...(leftMs !== undefined && { remainingMs: leftMs }) }
    }),
  }))
}

/**
 * Gives a domain its next generation, unless a rotation is only to be gone on with, and moves every row to the newest. Servers
 * may be running on the folder. Destroying the older generations is left to a server: only servers see time pass.
 */
export async function rotateDomain(
  { domain, resume, tell }: { domain: string; resume: boolean; tell?: (moved: Moved) => void },
  context: BeginContext & { operator: AuditOperator },
): Promise<RotatedDomain> {
  const { rotations } = context
  const state = await stateOf(domain, rotations)
  if (resume && state.retired.length === 0) throw new OperatorError(`No rotation of ${domain} is under way.`)
  if (!resume) await begin(state, context)
  const moved = await rotations.move(domain, tell ? { tell } : {})
  const listed = (await listedDomains(context)).find((one) => one.domain === domain)
  if (listed === undefined) throw new OperatorError(`The key of ${domain} is not there any more.`)
  return { ...listed, rows: moved.rows, refused: moved.refused }
}

async function stateOf(domain: string, rotations: DomainRotations): Promise<DomainState> {
  const states = await rotations.states()
  const state = states.find((one) => one.domain === domain)
  if (state !== undefined) return state
  const domains = states.map((one) => one.domain).join(', ')
  throw new OperatorError(`There is no domain key of ${domain}. There are those of ${domains}.`)
}

async function begin(
  { domain, retired }: DomainState,
  context: BeginContext & { operator: AuditOperator },
): Promise<void> {
  if (retired.length >= MAX_RETIRED) {
    throw new OperatorError(`${retired.length} older keys of ${domain} wait to be destroyed. Go on with --resume.`)
  }
  const begun = await beginRotation(domain, { operator: context.operator }, context)
  if (typeof begun === 'number') return
  throw new OperatorError(`Another process rotates ${domain} at the same time. Look at it, and go on with --resume.`)
}
