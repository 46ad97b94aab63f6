import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** What a build leaves in its folder. */
const MADE = /^(keyhold[-_][\w.-]+\.(tgz|tar\.gz|oci\.tar|cdx\.json|deb)|SHA256SUMS)$/

/** Makes a folder, or removes from it what an earlier build left. @throws when anything else is in it. */
export function clearOutputFolder(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const names = readdirSync(folder)
  const other = names.find((name) => !MADE.test(name))
  if (other !== undefined) {
    throw new Error(`${folder} contains ${other}, which no build made. Name a new or an empty folder.`)
  }
  for (const name of names) rmSync(join(folder, name))
}
