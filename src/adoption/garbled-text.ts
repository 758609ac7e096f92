import type { Column } from './adoption.repository.js';

/** The columns of the old tables whose text a person reads. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  property: ['address', 'city', 'description'],
  status: ['name', 'label'],
  auth_user: ['username', 'first_name', 'last_name', 'email'],
};

// First bytes, in UTF-8, of what Spanish texts have: é and º (C2, C3), dashes, quotes and signs (E2, EF), emoji (F0).
// In genuine latin1 text they are Â Ã â ï ð. Other first bytes could be genuine: `JOSÉ…` is C9 85, also a letter of UTF-8.
const FIRST_BYTES = ['C2', 'C3', 'E2', 'EF', 'F0'];

export type TextColumn = Column & { characterSet: string };

export function isText(column: Column): column is TextColumn {
  return column.characterSet !== null && TEXTS[column.table]?.includes(column.name) === true;
}

/**
 * That a text is UTF-8 which was taken for latin1 when it was written (`BogotÃ¡`): its latin1 bytes are valid UTF-8 with
 * at least one character of several bytes. A text with a character that latin1 does not have is none.
 */
export function isGarbled(column: TextColumn): string {
  const { bytes, text } = decoded(column);
  return [
    `(${FIRST_BYTES.map((byte) => `instr(${bytes}, x'${byte}') > 0`).join('\n    or ')})`,
    // MySQL gives null for bytes that are not UTF-8, MariaDB a question mark.
    `cast(${text} as binary) = ${bytes}`,
    ...(isLatin1(column)
      ? []
      : [
          `cast(convert(convert(${column.name} using latin1) using utf8mb4) as binary) = cast(convert(${column.name} using utf8mb4) as binary)`,
        ]),
  ].join('\n  and ');
}

/**
 * The statement that mends a column, but for texts with characters that the column cannot keep. `ignore`: MariaDB stops
 * at bytes that are not UTF-8, and a name that another row has stays as it is.
 */
export function mending(column: TextColumn): string {
  const { table, name, characterSet } = column;
  const { bytes, text } = decoded(column);
  const fits =
    characterSet === 'utf8mb4'
      ? ''
      : `\n  and cast(convert(convert(${text} using ${characterSet}) using utf8mb4) as binary) = ${bytes}`;
  return `update ignore ${table} set ${name} = ${text}\nwhere ${isGarbled(column)}${fits};`;
}

function decoded({ name }: TextColumn): { bytes: string; text: string } {
  const bytes = `cast(convert(${name} using latin1) as binary)`;
  return { bytes, text: `convert(${bytes} using utf8mb4)` };
}

const isLatin1 = ({ characterSet }: TextColumn): boolean => characterSet === 'latin1';
