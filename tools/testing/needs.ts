import { spawnSync } from 'node:child_process'

/** Programs of others that tests run against us, each with the arguments that show that it is there. */
const TOOLS = {
  age: ['age', '--version'],
  ansible: ['ansible-playbook', '--version'],
  'async-aws': ['php', '-r', "require 'AsyncAws/Core/autoload.php';"],
  aws: ['aws', '--version'],
  bash: ['bash', '--version'],
  chromium: ['chromium', '--version'],
  boto3: ['python3', '-c', 'import boto3'],
  curl: ['curl', '--version'],
  fish: ['fish', '--version'],
  // Installed by `npm install` in that folder: they are 100 MB that nothing else needs.
  'javascript-clients': ['node', '-e', "require.resolve('aws-sdk', { paths: ['conformance/javascript-clients'] })"],
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
  const missing = tools.filter((tool) => !isInstalled(tool))
  return missing.length === 0 ? false : `not installed here: ${missing.join(', ')}`
}

/** Whether a tool is there. For a test that is skipped without it also where others fail. */
export function isInstalled(tool: Tool): boolean {
  const [program, ...args] = TOOLS[tool]
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0
}
