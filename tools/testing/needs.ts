import { spawnSync } from 'node:child_process'

/** Programs of others that tests run against us, each with the arguments that show that it is there. */
const TOOLS = {
  age: ['age', '--version'],
  aws: ['aws', '--version'],
  bash: ['bash', '--version'],
  chromium: ['chromium', '--version'],
  boto3: ['python3', '-c', 'import boto3'],
  fish: ['fish', '--version'],
  openssl: ['openssl', 'version'],
  perl: ['perl', '-v'],
  python3: ['python3', '--version'],
  strace: ['strace', '-V'],
  zsh: ['zsh', '--version'],
} as const
export type Tool = keyof typeof TOOLS

export function isTool(name: string): name is Tool {
  return Object.hasOwn(TOOLS, name)
}

/**
 * For the `skip` option of a test: `false` when every tool is installed, otherwise the reason to print.
 *
 * With KEYHOLD_REQUIRE_TOOLS=1, as in CI, nothing is ever skipped: the test runs and fails for want of its tool.
 */
export function needs(...tools: readonly Tool[]): false | string {
  if (process.env['KEYHOLD_REQUIRE_TOOLS'] === '1') return false
  const missing = tools.filter((tool) => !installed(tool))
  return missing.length === 0 ? false : `not installed here: ${missing.join(', ')}`
}

function installed(tool: Tool): boolean {
  const [program, ...args] = TOOLS[tool]
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0
}
