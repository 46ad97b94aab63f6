import type { ShareText } from '@keyhold/server'
import { Option } from 'commander'
import { readShares } from '../../shared/share-files.ts'

/** What opens a backup. */
export interface KeyFlags {
  identity?: string[]
  share?: string[]
  rootCopy?: string[]
}

/** An option that may be repeated. */
export function repeated(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: string[] | undefined) => [
    ...(before ?? []),
    value,
  ])
}

export function keyOptions(): Option[] {
  return [
    repeated('--identity <file>', 'a file with the age identity of a recipient; may be repeated'),
    repeated('--share <file>', 'a file with a recovery share; once for each'),
    repeated('--root-copy <file>', 'a copy of a root file, where no identity or share opens the root itself'),
  ]
}

/** Reads the shares; what else is named, the server reads. */
export async function givenKeys({ identity = [], share = [], rootCopy = [] }: KeyFlags): Promise<{
  identities: string[]
  shares: ShareText[]
  rootFiles: string[]
}> {
  const shares = await readShares(share)
  return { identities: identity, shares, rootFiles: rootCopy }
}

/** As people read sizes: binary units, one decimal. */
export function sizeOf(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const step = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${(bytes / 1024 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`
}
