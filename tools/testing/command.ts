import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { bundleCommand } from '../bundle.ts'

const root = join(import.meta.dirname, '../..')
const cli = join(root, 'packages/cli')
/** The command's first module, in its sources. */
export const SOURCE_MAIN = join(cli, 'src/main.ts')
/** Node's condition under which packages are their sources. */
export const SOURCE = '--conditions=source'

/** How tests start the command. */
export interface Command {
  /** Options of Node, then the command's own file. */
  args: readonly string[]
  /** A folder for PATH: there it is called `keyhold`. `undefined`: where npm has put it. */
  bin?: string
}

let command: Command | undefined

/**
 * The command, as one run of `npm test` bundles it: a test run starts it thousands of times, and from its sources each start
 * takes two to three times as long. The first test that asks has it made. Outside a test run it is the sources.
 */
export function testedCommand(): Command {
  const folder = process.env['TEST_RUN_FOLDER']
  command ??= folder === undefined ? { args: [SOURCE, SOURCE_MAIN] } : bundled(folder)
  return command
}

function bundled(folder: string): Command {
  const place = join(folder, 'command')
  if (!existsSync(place)) makeBundle(folder, place)
  return { args: [join(place, 'keyhold/dist/main.js')], bin: join(place, 'bin') }
}

/** As the package is published, but for the packages of others: those are the repository's. */
function makeBundle(folder: string, place: string): void {
  const unfinished = mkdtempSync(join(folder, 'command-'))
  const own = join(unfinished, 'keyhold')
  mkdirSync(own)
  mkdirSync(join(unfinished, 'bin'))
  for (const name of ['bin', 'package.json']) cpSync(join(cli, name), join(own, name), { recursive: true })
  bundleCommand(join(own, 'dist'))
  symlinkSync(join(root, 'node_modules'), join(unfinished, 'node_modules'))
  if (existsSync(join(cli, 'node_modules'))) symlinkSync(join(cli, 'node_modules'), join(own, 'node_modules'))
  symlinkSync('../keyhold/bin/keyhold.js', join(unfinished, 'bin/keyhold'))
  try {
    renameSync(unfinished, place)
  } catch (error) {
    // Another process of the run was faster.
    if (!existsSync(place)) throw error
    rmSync(unfinished, { recursive: true })
  }
}
