/** Error numbers of MySQL and MariaDB servers. mysql2 names some of MariaDB's numbers wrongly, so errors are told apart by number. */
export const SERVER_ERRORS = {
  /** The account may not do this in the database. */
  DATABASE_DENIED: 1044,
  NULL_IN_NOT_NULL: 1048,
  NO_COLUMN: 1054,
  DUPLICATE_COLUMN: 1060,
  DUPLICATE_INDEX: 1061,
  DUPLICATE_KEY: 1062,
  /** GRANT to an account that does not exist: MariaDB. */
  NO_ACCOUNT: 1133,
  /** The account may not do this with the table. */
  TABLE_DENIED: 1142,
  NO_TABLE: 1146,
  LOCK_WAIT_TIMEOUT: 1205,
  DEADLOCK: 1213,
  /** The account lacks a right that is not one of a database, such as CREATE USER. */
  RIGHT_DENIED: 1227,
  NO_ROUTINE: 1305,
  /** The column's character set lacks a character of the text. */
  UNSTORABLE_TEXT: 1366,
  ROUTINE_DENIED: 1370,
  /** MariaDB's answer when a deadlock ends the wait for the next auto-increment value of a table. */
  AUTO_INCREMENT_FAILED: 1467,
  /** GRANT to an account that does not exist: MySQL. */
  NO_ACCOUNT_TO_CREATE: 1410,
  ALGORITHM_UNSUPPORTED: 1845,
  ALGORITHM_UNSUPPORTED_REASON: 1846,
  /** The server accepts only connections with TLS. */
  TLS_REQUIRED: 3159,
  /** MariaDB 11.6+: another transaction changed the row after the first read of this transaction. */
  RECORD_CHANGED: 1020,
  /** While a replication group changes its primary, the old primary refuses writes to tables with cascading foreign keys. */
  PRIMARY_CHANGES: 3098,
  /** The replication group rolled back the transaction: another member changed its rows, or the group changed. */
  ROLLED_BACK_BY_GROUP: 3101,
} as const;

/** The text cannot be compared with a column of another character set: 1267 (MariaDB), 3854 and 3988 (MySQL). */
const INCOMPARABLE_TEXT = [1267, 3854, 3988];
// read_only or super_read_only, a read-only transaction, InnoDB's read-only mode, a member of a group that may not write.
const READ_ONLY = [1290, 1792, 1836, 3100];
// max_statement_time (MariaDB), max_execution_time (MySQL)
const STATEMENT_TIMEOUT = [1969, 3024];
const UNAVAILABLE = [
  // too many connections, or too many by this user or host
  1040,
  1129,
  1203,
  1226,
  // access denied, account locked, password expired, host not allowed
  1044,
  1045,
  1130,
  1142,
  1143,
  1698,
  1820,
  1862,
  3118,
  4151,
  SERVER_ERRORS.TLS_REQUIRED,
  // no such database, table or column: the database is not migrated
  1049,
  1054,
  1146,
  // shutting down, offline, connection closed after idle time
  1053,
  3032,
  4031,
  // the statement or its connection was killed
  1317,
  1927,
  3169,
  // the disk is full: MySQL and MariaDB, a tablespace, a log
  1021,
  1114,
  1026,
  // lock-wait timeout, or a conflict with another transaction in the last retry
  1205,
  1213,
  1467,
  1020,
  3101,
];

/** True when `error` is of the server and has one of these numbers. */
export function hasNumber(error: unknown, ...numbers: readonly number[]): boolean {
  return numbers.includes((error as { errno?: number } | null)?.errno ?? 0);
}

export const isDuplicateKey = (error: unknown): boolean => hasNumber(error, SERVER_ERRORS.DUPLICATE_KEY);
export const isLockWaitTimeout = (error: unknown): boolean =>
  hasNumber(error, SERVER_ERRORS.LOCK_WAIT_TIMEOUT);
export const isUnstorableText = (error: unknown): boolean => hasNumber(error, SERVER_ERRORS.UNSTORABLE_TEXT);
export const isIncomparableText = (error: unknown): boolean => hasNumber(error, ...INCOMPARABLE_TEXT);
export const isMissingObject = (error: unknown): boolean =>
  hasNumber(error, SERVER_ERRORS.NO_TABLE, SERVER_ERRORS.NO_COLUMN);
export const isStatementTimeout = (error: unknown): boolean => hasNumber(error, ...STATEMENT_TIMEOUT);
export const isUnavailable = (error: unknown): boolean => hasNumber(error, ...UNAVAILABLE);
/** True when the server refused a write because it accepts reads only. The statement changed nothing. */
export const isReadOnlyError = (error: unknown): boolean => hasNumber(error, ...READ_ONLY);
/** True when the server refused a write because its replication group is changing the primary, which takes a moment. */
export const isPrimaryChange = (error: unknown): boolean => hasNumber(error, SERVER_ERRORS.PRIMARY_CHANGES);

/**
 * True when the server refused one statement, and other statements on the same connection can succeed. False when the connection
 * or the server is the problem, and for every error that is not the server's.
 */
export function isStatementError(error: unknown): boolean {
  const { sqlState, fatal } = error as { sqlState?: string; fatal?: boolean };
  return sqlState !== undefined && !fatal && !isReadOnlyError(error) && !isPrimaryChange(error);
}

/** True after a deadlock or another conflict of transactions: the server rolled back, and the transaction may run again. */
export function isConflict(error: unknown): boolean {
  const { AUTO_INCREMENT_FAILED, DEADLOCK, RECORD_CHANGED, ROLLED_BACK_BY_GROUP } = SERVER_ERRORS;
  return hasNumber(error, AUTO_INCREMENT_FAILED, DEADLOCK, RECORD_CHANGED, ROLLED_BACK_BY_GROUP);
}

/** True when the database cannot store a value: it is out of range, malformed (SQLSTATE 22…), or null in a NOT NULL column. */
export function isBadValue(error: unknown): boolean {
  const isMalformed = (error as { sqlState?: string } | null)?.sqlState?.startsWith('22') === true;
  return isMalformed || hasNumber(error, SERVER_ERRORS.NULL_IN_NOT_NULL);
}
