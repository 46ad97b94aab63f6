import type { KeyFile } from '@keyhold/client'
import { print } from '../descriptors/standard.ts'
import { printJson } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

/** What a key file says about itself, for programs: documented in docs/guide/encrypting-files.md. */
interface Description {
  verified: false
  id: string
  openedBy: { provider: string; key: string }[]
}

/** Shows what a key file says about itself; `names` are those of its keys, in its order. */
export function showKeyFile(file: KeyFile, names: readonly string[], json: boolean | undefined): void {
  const description: Description = {
    verified: false,
    id: file.id,
    openedBy: file.sealed.map(({ providerId }, index) => ({ provider: providerId, key: names[index]! })),
  }
  if (json === true) printJson(description)
  else print(toText(description))
}

function toText({ id, openedBy }: Description): string {
  return [
    `Key file ${id}, opened by any of ${openedBy.length === 1 ? 'one key' : `${openedBy.length} keys`}\n`,
    ...openedBy.map(({ provider, key }) => `  ${printable(provider)} ${printable(key)}\n`),
  ].join('')
}
