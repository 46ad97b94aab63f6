import { InvalidArgumentError, Option } from 'commander'
import { UsageError } from '../base/errors.ts'
import { type Delivery, toFolder, toRecipients, toTerminal } from './deliver.ts'

/** How many shares there are and where they go. */
export interface SharesFlags {
  shares?: number
  threshold?: number
  shareTo?: string[]
  sharesDir?: string
  json?: boolean
}

/** Shares that are wanted, with their delivery prepared: what can be refused was refused before anything is made. */
export interface WantedShares {
  count: number
  threshold: number
  delivery: Delivery
}

export function sharesOptions(): Option[] {
  return [
    new Option('--shares <n>', 'make this many recovery shares').argParser(wholeNumber),
    new Option('--threshold <k>', 'how many of the shares open the root of trust').argParser(wholeNumber),
    new Option('--shares-dir <dir>', 'write a page for each holder into this folder'),
    new Option(
      '--share-to <recipient>',
      'encrypt the pages to the age recipients of their holders; once for each share',
    ).argParser((recipient: string, before: string[] | undefined) => [...(before ?? []), recipient]),
  ]
}

/** What the flags ask for; `undefined` without --shares. */
export async function wantedShares(flags: SharesFlags): Promise<WantedShares | undefined> {
  const { shares: count, threshold, shareTo, sharesDir } = flags
  if (count === undefined || threshold === undefined) {
    if ([count, threshold, shareTo, sharesDir].every((flag) => flag === undefined)) return undefined
    throw new UsageError('Say both how many shares there are and how many of them open: --shares 5 --threshold 3')
  }
  const { recovery } = await import('@keyhold/server')
  const refusal = recovery.refuseNumbers(count, threshold)
  if (refusal !== undefined) throw new UsageError(refusal)
  return { count, threshold, delivery: await deliveryOf(count, flags) }
}

async function deliveryOf(count: number, { shareTo, sharesDir, json }: SharesFlags): Promise<Delivery> {
  if (shareTo !== undefined) {
    await requireRecipients(shareTo, count)
    if (sharesDir === undefined) throw new UsageError('Say where the encrypted shares go: --shares-dir DIR')
    return toRecipients(sharesDir, shareTo)
  }
  if (sharesDir !== undefined) return toFolder(sharesDir)
  if (json === true) throw new UsageError('With --json no share is shown. Say where they go: --shares-dir DIR')
  return toTerminal()
}

async function requireRecipients(recipients: readonly string[], count: number): Promise<void> {
  if (recipients.length !== count) {
    throw new UsageError(
      `There are ${count} shares and ${recipients.length} recipients. Give --share-to once for each share.`,
    )
  }
  if (new Set(recipients).size < count)
    throw new UsageError('Two shares go to the same recipient, who would have both.')
  const { recovery } = await import('@keyhold/server')
  for (const recipient of recipients) {
    if (await recovery.isRecipient(recipient)) continue
    throw new UsageError(`${JSON.stringify(recipient)} is no recipient of age: they are age1… and age1pq1….`)
  }
}

function wholeNumber(text: string): number {
  if (/^[0-9]{1,3}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a whole number.')
}
