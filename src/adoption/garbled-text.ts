import type { Column, TextColumn } from './column.js';

/** The columns of the old tables with text that users read. */
const CHECKED_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  property: ['address', 'city', 'description'],
  status: ['name', 'label'],
  auth_user: ['username', 'first_name', 'last_name', 'email'],
};

// First bytes, in UTF-8, of the characters in Spanish texts: é and º (C2, C3), dashes, quotes and signs (E2, EF), emoji
// (F0). In latin1 these bytes are Â Ã â ï ð. Other first bytes are ambiguous: latin1 `JOSÉ…` has C9 85, a UTF-8 letter.
const UTF8_FIRST_BYTES = ['C2', 'C3', 'E2', 'EF', 'F0'];

export function isCheckedText(column: Column): column is TextColumn {
  return column.characterSet !== null && CHECKED_COLUMNS[column.table]?.includes(column.name) === true;
}

/**
 * The SQL condition for a UTF-8 text that was read as latin1 when it was written (`BogotÃ¡`). The latin1 bytes of such a
 * text are valid UTF-8 with at least one multi-byte character. A text with a character outside latin1 does not match.
 */
export function garbledCondition(column: TextColumn): string {
  const { bytes, text } = decoded(column);
  return [
    `(${UTF8_FIRST_BYTES.map((byte) => `instr(${bytes}, x'${byte}') > 0`).join('\n    or ')})`,
    // For invalid UTF-8, MySQL returns null and MariaDB returns question marks.
    `cast(${text} as binary) = ${bytes}`,
    ...(isLatin1(column)
      ? []
      : [
          `cast(convert(convert(${column.name} using latin1) using utf8mb4) as binary) = cast(convert(${column.name} using utf8mb4) as binary)`,
        ]),
  ].join('\n  and ');
}

/**
 * The statement that repairs the garbled texts of a column. It skips texts with characters that the column cannot store.
 * `update ignore`: without `ignore`, MariaDB stops at invalid UTF-8, and a duplicate name ends the statement.
 */
export function repairStatement(column: TextColumn): string {
  const { table, name, characterSet } = column;
  const { bytes, text } = decoded(column);
  const fits =
    characterSet === 'utf8mb4'
      ? ''
      : `\n  and cast(convert(convert(${text} using ${characterSet}) using utf8mb4) as binary) = ${bytes}`;
  return `update ignore ${table} set ${name} = ${text}\nwhere ${garbledCondition(column)}${fits};`;
}

function decoded({ name }: TextColumn): { bytes: string; text: string } {
  const bytes = `cast(convert(${name} using latin1) as binary)`;
  return { bytes, text: `convert(${bytes} using utf8mb4)` };
}

const isLatin1 = ({ characterSet }: TextColumn): boolean => characterSet === 'latin1';
