import type { Command } from 'commander'
import type { KmsConnection } from '@keyhold/client'
import { print } from '../descriptors/standard.ts'
import { printJson } from '../terminal/print.ts'
import { inBatches } from './in-batches.ts'
import { judgeKey, type Limits } from './judge-key.ts'
import { keyFacts } from './key-facts.ts'
import { keyService, type KeyFlags, keyVerb, wholeDays } from './verb.ts'
import { aliasesOf, listKeys } from './look-up.ts'
import { reportedKey, type ReportedKey, reportTable } from './show-report.ts'

type ReportFlags = KeyFlags & Pick<Limits, 'unusedDays' | 'expiringDays'>

export function keyReportCommand(): Command {
  return keyVerb('report', 'say which keys need a look')
    .description(
      'Asks about every key of the account and region: is it unused, unrotated, expiring, disabled, waiting for its deletion,\n' +
        'or open to other accounts? What the KMS would not say of a key is shown beside it, and is no failure.',
    )
    .option('--unused-days <n>', 'unused is what was not used for so long', wholeDays, 90)
    .option('--expiring-days <n>', 'expiring is what expires before that', wholeDays, 30)
    .action(report)
}

async function report(flags: ReportFlags): Promise<void> {
  const { unusedDays, expiringDays } = flags
  const keys = await reportOn(await keyService(flags), { nowMs: Date.now(), unusedDays, expiringDays })
  if (flags.json === true) printJson(keys)
  else print(reportTable(keys))
}

async function reportOn(service: KmsConnection, limits: Limits): Promise<ReportedKey[]> {
  const [keys, aliases] = [await listKeys(service), await aliasesOf(service)]
  return inBatches(keys, async (key) => {
    const facts = await keyFacts(service, key, aliases)
    return reportedKey(facts, judgeKey(facts, limits))
  })
}
