import { type SeenTime, type Stop, withWord } from '../../domain/keys/seen-time.ts'
import { readSeenTime, type StoredSeenTime, writeSeenTime } from '../../vault/records/waits.ts'
import { Changeset } from '../../vault/records/changeset.ts'
import { commitDeed, type OperatorContext } from './deed.ts'
import { operatorAccount } from './operator-account.ts'
import { OperatorError } from './operator-error.ts'

/** How often to retry against a server that writes the same row every minute. */
const ATTEMPTS = 3

/** The known stops of the service, oldest first. */
export async function knownStops(context: Pick<OperatorContext, 'records'>): Promise<readonly Stop[]> {
  return (await readSeenTime(context))?.seen.stops ?? []
}

/**
 * Confirms that the service was stopped for as long as its clock says, so that waiting periods of that time count it;
 * with `counts` false, revokes the confirmation. Throws {@link OperatorError} for an unknown stop.
 */
export async function confirmStop(number: number, counts: boolean, context: OperatorContext): Promise<Stop> {
  for (let attempt = 1; ; attempt++) {
    const stored = await readSeenTime(context)
    const stop = stored && stopOf(stored.seen, number)
    if (stored === undefined || stop === undefined)
      throw new OperatorError(`No stop ${number} of the service is known.`)
    try {
      await write(stored, stop, counts, context)
      return { ...stop, counts }
    } catch (error) {
      if (!(error instanceof OperatorError) || attempt === ATTEMPTS) throw error
    }
  }
}

async function write(
  { seen, row }: StoredSeenTime,
  { number, fromMs, toMs }: Stop,
  counts: boolean,
  context: OperatorContext,
): Promise<void> {
  const changes = new Changeset()
  writeSeenTime(withWord(seen, number, counts), row, changes)
  const request = { stop: number, from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), counts }
  const accountId = await operatorAccount(context)
  await commitDeed({ name: 'ConfirmClock', service: 'kms', accountId, request }, changes, context)
}

function stopOf({ stops }: SeenTime, number: number): Stop | undefined {
  return stops.find((stop) => stop.number === number)
}
