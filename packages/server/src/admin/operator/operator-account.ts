import { userInfo } from 'node:os'
import type { AuditOperator } from '../../audit/record.ts'
import { everyAccount } from '../../identity/directory/everybody.ts'
import { readSetting, settingRow } from '../../vault/records/settings.ts'
import type { Row } from '../../vault/storage/store.ts'
import type { OperatorContext } from './deed.ts'
import { OperatorError } from './operator-error.ts'

const NAME = 'operator-account'

/** The row that names the operator's account, which `keyhold init` created. */
export function operatorAccountRow(accountId: string, { hierarchy }: Pick<OperatorContext, 'hierarchy'>): Promise<Row> {
  return settingRow(NAME, accountId, {}, hierarchy)
}

/**
 * Returns the row to write together with a second account, so that the operator's account stays known: version 0.1 did
 * not store it.
 */
export async function unwrittenOperatorAccount(
  context: Pick<OperatorContext, 'store' | 'hierarchy'>,
): Promise<readonly Row[]> {
  if (await readSetting(NAME, context)) return []
  return [await operatorAccountRow(await operatorAccount(context), context)]
}

/** Returns the operator's account. Folders of version 0.1 do not name it, but have only one account. */
export async function operatorAccount(context: Pick<OperatorContext, 'store' | 'hierarchy'>): Promise<string> {
  const setting = await readSetting(NAME, context)
  if (setting !== undefined) return setting.body
  const [only, ...others] = await everyAccount(context)
  if (only !== undefined && others.length === 0) return only.accountId
  throw new OperatorError("The data folder does not name the operator's account.")
}

/** Whoever runs this process, by the operating system's word; its number where it has no name for him. */
export function operatorOfProcess(): AuditOperator {
  try {
    return { user: userInfo().username }
  } catch {
    return { user: String(process.getuid?.() ?? 'unknown') }
  }
}
