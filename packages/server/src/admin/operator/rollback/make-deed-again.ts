import type { AuditRecord } from '../../../audit/record.ts'
import { disableAccessKey, enableAccessKey } from '../access-keys.ts'
import { changeRecipients } from '../backups.ts'
import type { DeedName, DEEDS, OperatorContext } from '../deed.ts'
import { storedRecipients } from '../../../backup/recipients.ts'
import { OperatorError } from '../operator-error.ts'
import { addRegion, removeRegion } from '../regions.ts'
import { recordRemovedWay, type RemovedRootWay } from '../removed-root-way.ts'
import { setRequestRate } from '../request-rates.ts'
import { setServiceEnabled } from '../services.ts'
import type { MadeAgain } from './made-again.ts'

type Asked = Readonly<Record<string, unknown>>

/** The actions that are declared to be made again: the compiler requires each. */
type Repeated = { [N in DeedName]: (typeof DEEDS)[N] extends string ? N : never }[DeedName]

const REPEATED: Readonly<Record<Repeated, (asked: Asked, context: OperatorContext) => Promise<unknown>>> = {
  DisableService: ({ service }, context) => setServiceEnabled(String(service), false, context),
  EnableService: ({ service }, context) => setServiceEnabled(String(service), true, context),
  DisableAccessKey: ({ accessKeyId, sessions }, context) =>
    disableAccessKey(String(accessKeyId), { andSessions: sessions !== undefined }, context),
  EnableAccessKey: ({ accessKeyId }, context) => enableAccessKey(String(accessKeyId), context),
  SetRequestRate: ({ group, perSecond }, context) =>
    setRequestRate({ group, perSecond } as Parameters<typeof setRequestRate>[0], context),
  SetBackupRecipients: setRecipients,
  // A backup may have brought its file back, and the next one would be encrypted to it.
  RemoveRootWay: ({ wayId, kind, name, description }, context) =>
    recordRemovedWay({ wayId, kind, name, description } as RemovedRootWay, context),
  AddRegion: ({ region }, context) => addRegion(String(region), context),
  RemoveRegion: ({ region }, context) => removeRegion(String(region), context),
}

/** The next backup of a service would be for one that was removed. What an older database does not have needs no removal. */
async function setRecipients({ add, remove }: Asked, context: OperatorContext): Promise<void> {
  const { recipients } = await storedRecipients(context)
  const gone = new Set(textsOf(remove))
  await changeRecipients({ add: textsOf(add), remove: recipients.filter((one) => gone.has(one)) }, context)
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** Does again what an operator did. */
export async function makeDeedAgain(record: AuditRecord, context: OperatorContext): Promise<MadeAgain> {
  try {
    await REPEATED[record.operation as Repeated](record.request ?? {}, context)
    return 'made'
  } catch (error) {
    if (error instanceof OperatorError) return { failed: error.message }
    throw error
  }
}
