import { userInfo } from 'node:os'
import type { AuditOperator } from '../../audit/record.ts'
import { everyAccount } from '../../identity/directory/everybody.ts'
import {
  accountOfFolder,
  namedOperatorsAccount,
  OPERATORS_ACCOUNT,
} from '../../identity/directory/operators-account.ts'
import { type SettingRecord, settingTable } from '../../vault/records/setting.ts'
import type { OperatorContext } from './deed.ts'
import { OperatorError } from './operator-error.ts'

/** The setting that names the operator's account, which `keyhold init` created. */
export function operatorAccountSetting(accountId: string): SettingRecord {
  return { name: OPERATORS_ACCOUNT, text: accountId }
}

/**
 * Returns the row to write together with a second account, so that the operator's account stays known: version 0.1 did
 * not store it.
 */
export async function unwrittenOperatorAccount(
  context: Pick<OperatorContext, 'records'>,
): Promise<readonly SettingRecord[]> {
  if (await context.records.get(settingTable, { name: OPERATORS_ACCOUNT })) return []
  return [operatorAccountSetting(await operatorAccount(context))]
}

/** Returns the operator's account. Folders of version 0.1 do not name it, but have only one account. */
export async function operatorAccount({ records }: Pick<OperatorContext, 'records'>): Promise<string> {
  const named = await namedOperatorsAccount({ records })
  if (named !== undefined) return named
  const [only, ...others] = await everyAccount({ records })
  if (only !== undefined && others.length === 0) return only.accountId
  throw new OperatorError("The data folder does not name the operator's account.")
}

/**
 * Returns the account that the record of an accepted database belongs to: the operator's, or the oldest where the rows that
 * say which it is were removed or edited.
 */
export async function accountOfAcceptance({ records }: Pick<OperatorContext, 'records'>): Promise<string> {
  const found = await accountOfFolder({ records })
  if (found !== undefined) return found.accountId
  throw new OperatorError("The data folder does not name the operator's account.")
}

/** The user that runs this process, according to the operating system; the number if the user has no name. */
export function operatorOfProcess(): AuditOperator {
  try {
    return { user: userInfo().username }
  } catch {
    return { user: String(process.getuid?.() ?? 'unknown') }
  }
}
