import type { AfterRollback } from '../../../audit/after-rollback.ts'
import type { AuditRecord } from '../../../audit/record.ts'
import { SERVICE_ACTIONS } from '../../../audit/service-record.ts'
import type { Serving } from '../../../execution/operations.ts'
import type { OperatorContext } from '../deed.ts'
import { DEEDS } from '../deed.ts'
import type { MadeAgain } from './made-again.ts'
import { makeCallAgain, operationOf } from './make-call-again.ts'
import { makeDeedAgain } from './make-deed-again.ts'
import { makeServiceActionAgain } from './make-service-action-again.ts'

/** What makes changes again. Policies are not asked: each change was allowed when it was first made. */
export interface MakingAgain {
  context: OperatorContext
  /** Without enforcement. */
  services: Serving
}

/** How a kind of change is made again. */
interface Kind {
  after: AfterRollback
  make(): Promise<MadeAgain>
}

/** Makes a recorded change again, if its declaration says so. `isWhole`: every change before it has a record. */
export function makeAgain(record: AuditRecord, isWhole: boolean, making: MakingAgain): Promise<MadeAgain> | MadeAgain {
  const kind = kindOf(record, making)
  if (kind === undefined) return { failed: 'This Keyhold does not know what it was.' }
  const { after } = kind
  if (typeof after === 'object') return after
  if (after !== 'again' && !isWhole) return { failed: 'It can allow more, and changes before it are not known.' }
  const isCut = record.cut?.some(({ member }) => member.startsWith('request.')) === true
  return isCut ? { failed: 'Its record does not have all of the request.' } : kind.make()
}

function kindOf(record: AuditRecord, making: MakingAgain): Kind | undefined {
  const { operation: name } = record
  if (record.kind === 'call') return callKind(record, making)
  if (record.operator !== undefined) {
    const after = ownMember(DEEDS, name)
    // What an earlier acceptance made again has the record of a request.
    if (after === undefined) return callKind(record, making)
    return { after, make: () => makeDeedAgain(record, making.context) }
  }
  const after = ownMember(SERVICE_ACTIONS, name)
  return after && { after, make: () => makeServiceActionAgain(record, making.context) }
}

function callKind(record: AuditRecord, { services }: MakingAgain): Kind | undefined {
  const operation = operationOf(record, services)
  const declared = operation?.afterRollback
  if (operation === undefined || declared === undefined) return undefined
  const after = typeof declared === 'function' ? declared(record.request as never) : declared
  return { after, make: () => makeCallAgain(record, operation, services) }
}

function ownMember(table: Readonly<Record<string, AfterRollback>>, name: string): AfterRollback | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
