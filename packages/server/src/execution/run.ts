import type { AuditRecord } from '../audit/record.ts'
import { Changeset } from '../vault/records/changeset.ts'
import type { UsableKeys } from './require-usable.ts'
import type { Services } from './services.ts'

const DONE = Symbol('done')

/** What an operation computed. Nothing of it is durable, and nothing has been answered. Made by {@link run} alone. */
export interface Done {
  readonly [DONE]: true
  readonly usable: UsableKeys
  /** It may hold secrets: `encode` wipes them. */
  readonly output: object | undefined
  /** What to change, which commits together with the record. */
  readonly changes: Changeset
  /** Records of what the change does elsewhere, such as in another Region. */
  readonly alongside: readonly AuditRecord[]
}

/** Does the operation's own work on usable keys. @throws ServiceError as the operation does. */
export async function run(usable: UsableKeys, services: Services): Promise<Done> {
  const { found, authorizer, keys } = usable
  const { operation, input, request, draft, slow } = found.asked
  const changes = new Changeset()
  const alongside: AuditRecord[] = []
  const output = await operation.run({
    input: input as never,
    caller: request.caller,
    nowMs: services.clock.now(),
    keys,
    lookup: found.lookup,
    services,
    authorizer,
    changes,
    once: (work) => slow.once(work),
    isGone: request.isGone ?? (() => false),
    origin: { eventId: draft.eventId, sourceIp: request.sourceIp, secure: request.secure },
    note: (name, value) => void (draft.additional[name] = value),
    concerns: (resource) => void draft.resources.push(resource),
    alongside: (record) => void alongside.push(record),
  })
  return { [DONE]: true, usable, output, changes, alongside }
}
