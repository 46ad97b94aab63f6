/** `npm run check`: everything a machine can say about the code without running it. Runs all, fails at the end. */
import { spawnSync } from 'node:child_process'
import { repositoryFiles } from './files.ts'
import { crossPackageImports, layerViolations } from './layers.ts'
import { readModules } from './modules.ts'
import { tidyProblems } from './tidy.ts'

interface Step {
  name: string
  /** What is wrong, a sentence each; commands print for themselves and return one sentence. */
  run(): Promise<string[]> | string[]
}

const STEPS: readonly Step[] = [
  { name: 'types', run: () => command('tsc', '-p', '.') },
  { name: 'lint', run: () => command('oxlint', '--deny-warnings') },
  { name: 'format', run: () => command('oxfmt', '--check') },
  { name: 'layers', run: layers },
  { name: 'dead code', run: () => command('knip', '--no-progress') },
  { name: 'generated files', run: () => [...generated('model'), ...generated('docs')] },
  { name: 'tidy', run: () => tidyProblems(repositoryFiles()) },
]

async function layers(): Promise<string[]> {
  const modules = await readModules(repositoryFiles().filter((file) => /^packages\/.*\.ts$/.test(file)))
  // Two packages that never meet would pass every rule about meeting: then it is the check that is broken.
  const blind = crossPackageImports(modules) === 0 ? ['the layer check sees no import between packages'] : []
  return [...blind, ...layerViolations(modules)]
}

function command(name: string, ...args: string[]): string[] {
  return succeeded(`node_modules/.bin/${name}`, args)
}

function generated(what: 'model' | 'docs'): string[] {
  return succeeded(process.execPath, ['--conditions=source', `tools/generate-${what}.ts`, '--check'])
}

function succeeded(file: string, args: string[]): string[] {
  const { status, error } = spawnSync(file, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  return status === 0 ? [] : [`${file} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}`]
}

async function runStep(step: Step): Promise<boolean> {
  const startedMs = performance.now()
  const problems = await outcome(step)
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  for (const problem of problems) console.error(`  ${problem}`)
  console.log(`${problems.length === 0 ? '✔' : '✖'} ${step.name} (${seconds} s)`)
  return problems.length === 0
}

async function outcome(step: Step): Promise<string[]> {
  try {
    return await step.run()
  } catch (error) {
    return [String(error)]
  }
}

let failed = 0
for (const step of STEPS) {
  if (!(await runStep(step))) failed += 1
}
console.log(failed === 0 ? 'All checks passed.' : `${failed} of ${STEPS.length} checks failed.`)
process.exitCode = failed === 0 ? 0 : 1
