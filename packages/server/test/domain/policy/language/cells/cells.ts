import { ACTIONS } from './actions.ts'
import type { Cell } from './cell.ts'
import { CONDITIONS } from './conditions.ts'
import { FRAME } from './elements.ts'
import { PRINCIPALS } from './principals.ts'
import { RESOURCES } from './resources.ts'

/** The grammar of policies by element, kind of document and value, with AWS's verdict and where it is said. */
export const CELLS: readonly Cell[] = [...FRAME, ...PRINCIPALS, ...ACTIONS, ...RESOURCES, ...CONDITIONS]
