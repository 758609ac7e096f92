/** A column as `information_schema` describes it. */
export interface Column {
  table: string;
  name: string;
  type: string;
  isNullable: boolean;
  hasDefault: boolean;
  /** ON UPDATE CURRENT_TIMESTAMP. */
  isAutoUpdated: boolean;
  characterSet: string | null;
}

export type TextColumn = Column & { characterSet: string };
