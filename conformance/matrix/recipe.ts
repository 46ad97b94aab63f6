import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, parseTranscript, type Step } from '../../tools/testing/transcript.ts'

/** Where the recipes are, one page each. */
export const RECIPES = join(import.meta.dirname, '../../docs/guide/integrations')

/** What one page says. */
export interface Recipe {
  /** What the client's user is allowed: an IAM policy in which `$KEY` and its like are ARNs. */
  policy: string
  /** Brings the client, in the versions that were tried. Empty: the machine has it or has it not. */
  install: readonly Command[]
  /** What its reader does then, in order. */
  deeds: readonly Deed[]
}

/** Something that a page's reader does. */
export type Deed = Exclude<Step, { kind: 'ci' }>

/** The policy's block is called so. It is for the server, not for the client. */
const POLICY_FILE = 'policy.json'

/** Reads a page. Throws when it has no policy, or does nothing. */
export async function readRecipe(name: string): Promise<Recipe> {
  return recipeIn(await readFile(join(RECIPES, `${name}.md`), 'utf8'))
}

/** {@link readRecipe}, of a page's text. */
export function recipeIn(markdown: string): Recipe {
  const steps = parseTranscript(markdown)
  const deeds = steps.filter((step): step is Deed => step.kind !== 'ci' && !isPolicy(step) && !isInstall(step))
  const policy = steps.find(isPolicy)
  if (policy === undefined) throw new Error(`the page has no block ${POLICY_FILE}: what does the client need?`)
  if (commandsOf(deeds).length === 0) throw new Error('the page tells its reader to do nothing')
  return { policy: policy.text, install: commandsOf(steps.filter(isInstall)), deeds }
}

function commandsOf(steps: readonly Step[]): Command[] {
  return steps.flatMap((step) => (step.kind === 'file' ? [] : step.commands))
}

function isPolicy(step: Step): step is Extract<Step, { kind: 'file' }> {
  return step.kind === 'file' && step.path === POLICY_FILE
}

function isInstall(step: Step): boolean {
  return step.kind === 'commands' && step.isInstall
}
