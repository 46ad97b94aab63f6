import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleCommand } from '../bundle.ts'

const root = join(import.meta.dirname, '../..')
const cli = join(root, 'packages/cli')
/** The command's first module, in its sources. */
export const SOURCE_MAIN = join(cli, 'src/main.ts')
/** Node's condition under which packages are their sources. */
export const SOURCE = '--conditions=source'

/**
 * Node's flags for the command. Tests start it a thousand times, for less than a second each: then it costs a fifth less
 * to collect garbage rarely, and in no threads of its own.
 */
export const NODE_FLAGS = ['--min-semi-space-size=32', '--single-threaded-gc']

/** How tests start the command. */
export interface Command {
  /** Options of Node, then the command's own file. */
  args: readonly string[]
  /** Folders for PATH, in which it is called `keyhold`. `undefined`: where npm has put it. */
  bin?: {
    /** As npm installs it. */
    installed: string
    /** The same, but that the launcher finds itself started as it wants to be and does not start Node a second time. */
    quick: string
  }
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
  const bin = { installed: join(place, 'bin'), quick: join(place, 'quick') }
  return { args: [join(place, 'keyhold/dist/main.js')], bin }
}

/** With the flags that the launcher would add: `exec` and `dev` have none, as these pass SIGUSR1 on. */
function quickStart(launcher: string): string {
  const start = `exec '${process.execPath}' ${NODE_FLAGS.join(' ')}`
  return `#!/bin/sh
case "$1" in
exec | dev) ${start} '${launcher}' "$@" ;;
*) ${start} --disable-sigusr1 '${launcher}' "$@" ;;
esac
`
}

/** As the package is published, but for the packages of others: those are the repository's. */
function makeBundle(folder: string, place: string): void {
  const unfinished = mkdtempSync(join(folder, 'command-'))
  const own = join(unfinished, 'keyhold')
  mkdirSync(own)
  mkdirSync(join(unfinished, 'bin'))
  mkdirSync(join(unfinished, 'quick'))
  for (const name of ['bin', 'package.json']) cpSync(join(cli, name), join(own, name), { recursive: true })
  bundleCommand(join(own, 'dist'))
  symlinkSync(join(root, 'node_modules'), join(unfinished, 'node_modules'))
  if (existsSync(join(cli, 'node_modules'))) symlinkSync(join(cli, 'node_modules'), join(own, 'node_modules'))
  symlinkSync('../keyhold/bin/keyhold.js', join(unfinished, 'bin/keyhold'))
  writeFileSync(join(unfinished, 'quick/keyhold'), quickStart(join(place, 'keyhold/bin/keyhold.js')), { mode: 0o755 })
  try {
    renameSync(unfinished, place)
  } catch (error) {
    // Another process of the run was faster.
    if (!existsSync(place)) throw error
    rmSync(unfinished, { recursive: true })
  }
}
