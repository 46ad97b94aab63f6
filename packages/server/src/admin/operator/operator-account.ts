import { userInfo } from 'node:os'
import type { AuditOperator } from '../../audit/record.ts'
import { everyAccount } from '../../identity/directory/everybody.ts'
import { readSetting, settingRow } from '../../vault/records/settings.ts'
import type { Row } from '../../vault/storage/store.ts'
import type { OperatorContext } from './deed.ts'
import { OperatorError } from './operator-error.ts'

const NAME = 'operator-account'

/** The row that says whose account the operator's is: the one that `keyhold init` made. */
export function operatorAccountRow(accountId: string, { hierarchy }: Pick<OperatorContext, 'hierarchy'>): Promise<Row> {
  return settingRow(NAME, accountId, {}, hierarchy)
}

/** What to write beside a second account, so that it stays known whose the first one is: version 0.1 did not say. */
export async function unwrittenOperatorAccount(
  context: Pick<OperatorContext, 'store' | 'hierarchy'>,
): Promise<readonly Row[]> {
  if (await readSetting(NAME, context)) return []
  return [await operatorAccountRow(await operatorAccount(context), context)]
}

/** The operator's account. Folders of version 0.1 do not name it, but have only one. */
export async function operatorAccount(context: Pick<OperatorContext, 'store' | 'hierarchy'>): Promise<string> {
  const setting = await readSetting(NAME, context)
  if (setting !== undefined) return setting.body
  const [only, ...others] = await everyAccount(context)
  if (only !== undefined && others.length === 0) return only.accountId
  throw new OperatorError("The data folder does not say which account is the operator's.")
}

/** Whoever runs this process, by the operating system's word; its number where it has no name for him. */
export function operatorOfProcess(): AuditOperator {
  try {
    return { user: userInfo().username }
  } catch {
    return { user: String(process.getuid?.() ?? 'unknown') }
  }
}
