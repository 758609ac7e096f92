import { seededRandom } from './random.js';

/** The accounts that `npm start` prints. The other demo users cannot sign in. */
export const DEMO_ACCOUNTS = [
  { username: 'demo', email: 'demo@example.com', password: 'tres-casas-azules', isStaff: false },
  { username: 'staff', email: 'staff@example.com', password: 'siete-puertas-verdes', isStaff: true },
] as const;

const FIRST_NAMES =
  'camila valentina mariana daniela laura sofia paula natalia andrea juliana carlos andres felipe santiago juan sebastian diego mateo nicolas jorge luis miguel oscar gloria martha luz esperanza ricardo fernando patricia'.split(
    ' ',
  );
const LAST_NAMES =
  'rodriguez gomez gonzalez martinez garcia lopez hernandez sanchez ramirez perez diaz torres moreno rojas vargas castro ortiz gutierrez jimenez munoz ruiz suarez herrera medina castillo parra cardenas pardo quintero acosta'.split(
    ' ',
  );

/** Distinct usernames of invented users, the same on every machine. */
export function demoUsernames(count: number): string[] {
  const random = seededRandom(7, 0);
  const names = new Set<string>();
  while (names.size < count)
    names.add(`${random.pick(FIRST_NAMES)}.${random.pick(LAST_NAMES)}${random.integer(1, 99)}`);
  return [...names];
}
