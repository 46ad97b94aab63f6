import type { ErrorCode } from 'yaml'

/** What the library finds, in our words: its own quote the file, and a secret may be there. */
const PROBLEMS: Partial<Readonly<Record<ErrorCode, string>>> = Object.freeze({
  BAD_ALIAS: 'Aliases of YAML are not supported: write the value again.',
  BAD_DIRECTIVE: 'A configuration is YAML 1.2: take out the lines that begin with a percent sign.',
  BAD_DQ_ESCAPE: 'A text in double quotes has an unknown escape after its backslash.',
  BAD_INDENT: 'The indentation is wrong, or a bracket is not closed: members of a mapping begin in the same column.',
  BAD_SCALAR_START: 'A text that begins with this character needs quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'A mapping cannot begin after a name on the same line: begin a new line.',
  BLOCK_IN_FLOW: 'A list or mapping in brackets cannot contain one that is indented.',
  DUPLICATE_KEY: 'The name is there twice in this mapping.',
  MISSING_CHAR: 'Something is missing: a closing quote or bracket, a colon, or a space after a colon or dash.',
  MULTILINE_IMPLICIT_KEY: 'A name must be on one line, with a colon and a space after it.',
  MULTIPLE_DOCS: 'A configuration is one document: take out the line ---.',
  RESOURCE_EXHAUSTION: 'It is nested too deeply.',
  TAB_AS_INDENT: 'Tabs cannot indent YAML: use spaces.',
  TAG_RESOLVE_FAILED: 'Tags of YAML are not supported: take out what begins with an exclamation mark.',
})

/** A sentence for an error code of the library. */
export function yamlProblem(code: ErrorCode): string {
  return PROBLEMS[code] ?? `It is not YAML that can be read (${code.toLowerCase().replaceAll('_', ' ')}).`
}
