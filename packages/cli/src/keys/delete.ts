import type { Command } from 'commander'
import type { Output } from '@keyhold/protocol'
import { standardError, terminalInput } from '../descriptors/standard.ts'
import { confirm } from '../terminal/confirm.ts'
import { keyService, KEY_HELP, type KeyFlags, keyVerb, wholeDays } from './verb.ts'
import { keyReference } from './look-up.ts'
import { regionOf } from './names.ts'
import { printDone } from '../terminal/print.ts'

interface DeleteFlags extends KeyFlags {
  days: number
  yes?: boolean
}

export function keyDeleteCommand(): Command {
  return keyVerb('delete', 'delete a key after a waiting period')
    .description(
      'Disables a key now and deletes it, with all its material, when the waiting period ends. No KMS knows what a key has\n' +
        'encrypted: disable it first, and see for a while who misses it. On a terminal it asks before it does so.',
    )
    .argument('<key>', KEY_HELP)
    .requiredOption('--days <n>', 'the waiting period, 7 to 30 days', wholeDays)
    .option('--yes', 'do not ask')
    .action(deleteKey)
}

export function keyUndeleteCommand(): Command {
  return keyVerb('undelete', 'keep a key that waits for its deletion').argument('<key>', KEY_HELP).action(undelete)
}

async function deleteKey(name: string, flags: DeleteFlags): Promise<void> {
  const { days, yes, json } = flags
  const service = await keyService(flags)
  const key = await keyReference(service, name)
  const question = `${key} stops working now and is deleted after ${days} days, for good.`
  const input = terminalInput()
  if (yes !== true && input !== undefined) await confirm(question, { input, output: standardError })
  const said = await service.call('ScheduleKeyDeletion', { KeyId: key, PendingWindowInDays: days }, regionOf(key))
  printDone(json, `${fate(key, days, said)} ${LOSS} Until then: keyhold key undelete ${key}`, said)
}

const LOSS = 'What only it opens is lost then, and what that is, no KMS knows.'

/** A primary key with replicas waits for those to go first: its deletion has no date yet. */
function fate(key: string, days: number, { DeletionDate }: Output<'ScheduleKeyDeletion'>): string {
  const when = DeletionDate === undefined ? `${days} days after its last replica` : `on ${DeletionDate.toISOString()}`
  return `${key} will be gone ${when}; it cannot be used from now on.`
}

async function undelete(name: string, flags: KeyFlags): Promise<void> {
  const service = await keyService(flags)
  const key = await keyReference(service, name)
  const said = await service.call('CancelKeyDeletion', { KeyId: key }, regionOf(key))
  printDone(flags.json, `${key} stays. It is disabled; to use it: keyhold key enable ${key}`, said)
}
