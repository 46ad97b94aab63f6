import { styleText } from 'node:util'

const MEBIBYTE = 2 ** 20
let number = 0

/** Announces the next step. */
export function heading(text: string): void {
  number += 1
  console.log(`\n${styleText('bold', `${number}. ${text}`)}`)
}

/** Says what came of it, indented. */
export function say(text: string): void {
  console.log(text.trimEnd().replaceAll(/^/gm, '   '))
}

/** Says which command is run. */
export function command(args: readonly string[]): void {
  say(styleText('cyan', `$ keyhold ${args.map(quoted).join(' ')}`))
}

/** As one would type it. */
function quoted(argument: string): string {
  return /^[\w./:=@-]+$/.test(argument) ? argument : `'${argument}'`
}

/** Runs `work`, and says how long it took for so many bytes, the start of the command included. */
export async function timed<T>(bytes: number, work: () => Promise<T>): Promise<T> {
  const startMs = performance.now()
  const result = await work()
  const seconds = (performance.now() - startMs) / 1000
  say(`${seconds.toFixed(2)} s, ${(bytes / MEBIBYTE / seconds).toFixed(0)} MiB/s with the start of the command.`)
  return result
}

/** Says which step did not hold, and why. */
export function failed(error: unknown): void {
  const why = error instanceof Error ? error.message : String(error)
  console.error(`\n${styleText('red', `Step ${number} failed:`, { stream: process.stderr })} ${why}`)
}
