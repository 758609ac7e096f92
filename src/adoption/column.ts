/** A column as `information_schema` describes it. */
export interface Column {
  table: string;
  name: string;
  type: string;
  /** 1 when it may be NULL, else 0. */
  isNullable: number;
  /** 1 when an insert may omit it, else 0. */
  hasDefault: number;
  /** 1 for ON UPDATE CURRENT_TIMESTAMP, else 0. */
  isAutoUpdated: number;
  characterSet: string | null;
}

export type TextColumn = Column & { characterSet: string };
