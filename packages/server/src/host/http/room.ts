import { DEFAULT_LIMITS } from './limits.ts'

/** How many open files are reserved for the database, the audit log and outbound calls. */
const OTHER_FILES = 256
const FEWEST = 64

/** The used part of Node's diagnostic report. It has no limits on Windows. */
interface Report {
  userLimits?: { open_files?: { soft: number | string } }
}

/**
 * Returns the maximum number of connections: lower than the default if the system allows this process fewer open files.
 * Otherwise a flood of connections would take the files that the audit log needs.
 */
export function roomForConnections(report: object = process.report.getReport()): number {
  const soft = Number((report as Report).userLimits?.open_files?.soft ?? Number.NaN)
  const most = Number.isNaN(soft) ? Infinity : Math.max(FEWEST, soft - OTHER_FILES)
  return Math.min(DEFAULT_LIMITS.connections, most)
}
