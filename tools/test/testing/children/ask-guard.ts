import { counted, withinLimit } from './guard.ts'

/** Run as a thread or a process: ends with 0 where the answer that it is asked for is right. */
const isRight = process.argv[2] === 'limit' ? !withinLimit(11) : counted(4) === 4
process.exit(isRight ? 0 : 1)
