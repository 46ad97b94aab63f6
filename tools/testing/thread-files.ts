import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The files that these files of a bundle start as threads: each lies beside the one that names it, if it is there. */
export function threadFiles(files: readonly string[]): string[] {
  const found = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/new URL\(`\.\/([\w-]+)\$\{(?:\(0, ?)?[\w.]*extname\d*\)?\(/g)].map(
      ([, name]) => join(dirname(file), `${name}.js`),
    ),
  )
  return [...new Set(found)]
}
