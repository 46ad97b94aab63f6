import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { installedAt } from './installed.ts'

/** The licences of packages of others, with their notices, as they must go with the code. @throws when one has none. */
export function licencesOf(names: readonly string[]): string {
  const parts = names.map((name) => {
    const folder = installedAt(name)
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
      string,
      string
    >
    return `${name} ${version}: ${license}\n\n${noticesIn(folder, name, license ?? '')}`
  })
  return `Packages of others that are a part of this one, and their licences.\n\n${parts.join(`\n${'-'.repeat(72)}\n\n`)}`
}

function noticesIn(folder: string, name: string, license: string): string {
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
  if (files.length === 0 && license === 'Apache-2.0')
    return 'It brings no notice. The text of its licence is in the file LICENSE.\n'
  if (files.length === 0) throw new Error(`${name} has no file with its licence.`)
  return files
    .toSorted()
    .map((file) => `${readFileSync(join(folder, file), 'utf8').trim()}\n`)
    .join('\n')
}
