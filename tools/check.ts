/** `npm run check`: everything a machine can say about the code without running it. Runs all, fails at the end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { repositoryFiles } from './files.ts'
import { crossPackageImports, layerViolations } from './layers.ts'
import { readModules } from './modules.ts'
import { tidyProblems } from './tidy.ts'

interface Finding {
  /** What is wrong, a sentence each. */
  problems: string[]
  /** What commands printed about it. */
  printed: string
}

interface Step {
  name: string
  run(): Promise<Finding>
}

/** What the compiler found last time, so that it looks only at what changed since and what depends on that. */
const INCREMENTAL = ['--incremental', '--tsBuildInfoFile', 'node_modules/.cache/types.tsbuildinfo']

const STEPS: readonly Step[] = [
  { name: 'types', run: () => command('tsc', '-p', '.', ...INCREMENTAL) },
  { name: 'lint', run: () => command('oxlint', '--deny-warnings') },
  { name: 'format', run: () => command('oxfmt', '--check') },
  { name: 'layers', run: layers },
  { name: 'dead code', run: () => command('knip', '--no-progress') },
  { name: 'generated files', run: generated },
  { name: 'tidy', run: async () => ({ problems: await tidyProblems(repositoryFiles()), printed: '' }) },
]

async function layers(): Promise<Finding> {
  const modules = await readModules(repositoryFiles().filter((file) => /^packages\/.*\.ts$/.test(file)))
  // Two packages that never meet would pass every rule about meeting: then it is the check that is broken.
  const blind = crossPackageImports(modules) === 0 ? ['the layer check sees no import between packages'] : []
  return { problems: [...blind, ...layerViolations(modules)], printed: '' }
}

function command(name: string, ...args: string[]): Promise<Finding> {
  return ended(`node_modules/.bin/${name}`, args)
}

async function generated(): Promise<Finding> {
  const checks = ['model', 'docs'].map((what) =>
    ended(process.execPath, ['--conditions=source', `tools/generate-${what}.ts`, '--check']),
  )
  const found = await Promise.all(checks)
  return { problems: found.flatMap(({ problems }) => problems), printed: found.map(({ printed }) => printed).join('') }
}

async function ended(file: string, args: string[]): Promise<Finding> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' })
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), closed])
  const problems = code === 0 ? [] : [`${file} ${args.join(' ')}: ${signal ?? `exit code ${code}`}`]
  return { problems, printed: code === 0 ? '' : `${stdout}${stderr}` }
}

async function runStep(step: Step): Promise<boolean> {
  const startedMs = performance.now()
  const { problems, printed } = await finding(step)
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  process.stderr.write(printed)
  for (const problem of problems) console.error(`  ${problem}`)
  console.log(`${problems.length === 0 ? '✔' : '✖'} ${step.name} (${seconds} s)`)
  return problems.length === 0
}

async function finding(step: Step): Promise<Finding> {
  try {
    return await step.run()
  } catch (error) {
    return { problems: [String(error)], printed: '' }
  }
}

// All at once: none writes what another reads, and most of them use one core only.
const passed = await Promise.all(STEPS.map(runStep))
const failed = passed.filter((each) => !each).length
console.log(failed === 0 ? 'All checks passed.' : `${failed} of ${STEPS.length} checks failed.`)
process.exitCode = failed === 0 ? 0 : 1
