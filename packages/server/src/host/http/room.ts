import { DEFAULT_LIMITS } from './limits.ts'

/** What of the system's limit on open files is kept for the database, the audit log and outbound calls. */
const OTHER_FILES = 256
const FEWEST = 64

/** What of Node's diagnostic report is looked at. It has no limits on Windows. */
interface Report {
  userLimits?: { open_files?: { soft: number | string } }
}

/**
 * How many connections there is room for: fewer than usual where the system lets this process open fewer files. Without
 * room in time, a flood of connections would take the files that the audit log needs.
 */
export function roomForConnections(report: object = process.report.getReport()): number {
  const soft = Number((report as Report).userLimits?.open_files?.soft ?? Number.NaN)
  const most = Number.isNaN(soft) ? Infinity : Math.max(FEWEST, soft - OTHER_FILES)
  return Math.min(DEFAULT_LIMITS.connections, most)
}
