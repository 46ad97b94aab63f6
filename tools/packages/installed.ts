import { existsSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Where `npm ci` has put a package that the command depends on. @throws when it is not there. */
export function installedAt(name: string): string {
  const places = ['packages/cli', 'packages/server', 'packages/client', ''].map((place) =>
    join(root, place, 'node_modules', name),
  )
  const found = places.find((place) => existsSync(join(place, 'package.json')))
  if (found === undefined) throw new Error(`${name} is not installed: run npm ci.`)
  return found
}
