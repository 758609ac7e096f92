import { parseArgs } from 'node:util';
import { type Command, COMMANDS } from './command-texts.js';

export type CommandName = keyof typeof COMMANDS;

type Values<Options> = {
  [Name in keyof Options]: Options[Name] extends { type: 'boolean' }
    ? boolean
    : Options[Name] extends { default: string }
      ? string
      : string | undefined;
};
interface Arguments<Name extends CommandName> {
  values: Values<(typeof COMMANDS)[Name]['options']>;
  /** The argument that is no option; empty if the command takes none. */
  argument: string;
}

interface ParsedArguments {
  values: Record<string, string | boolean | undefined>;
  argument: string;
}

export const isCommand = (name: string | undefined): name is CommandName =>
  Object.hasOwn(COMMANDS, name ?? '');

/**
 * Reads the arguments of a command. For `--help` it prints the help and exits with 0; for wrong arguments it says what is wrong and
 * exits with 2.
 */
export function readArguments<Name extends CommandName>(
  name: Name,
  args: readonly string[] = process.argv.slice(2),
): Arguments<Name> {
  try {
    const { values, argument } = parse(COMMANDS[name], args);
    if (!values['help']) return { values: values as Arguments<Name>['values'], argument };
    return exitWith(0, process.stdout, helpOf(name));
  } catch (error) {
    return exitWith(2, process.stderr, `${(error as Error).message}\n${usageOf(name)}\n`);
  }
}

function exitWith(code: number, stream: NodeJS.WriteStream, text: string): never {
  stream.write(text);
  process.exit(code);
}

/** @throws Error with a sentence for the user */
function parse({ options, argument: wanted }: Command, args: readonly string[]): ParsedArguments {
  const parsed = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...options, help: { type: 'boolean', short: 'h' } },
  });
  const values: ParsedArguments['values'] = parsed.values;
  for (const [option, { type }] of Object.entries(options)) if (type === 'boolean') values[option] ??= false;
  const [argument = '', ...extra] = parsed.positionals;
  if (values['help']) return { values, argument };
  if (wanted === undefined && argument) throw new Error(`Unexpected argument '${argument}'.`);
  if (wanted !== undefined && !argument) throw new Error(`Which ${wanted.toLowerCase()}?`);
  if (extra.length > 0) throw new Error(`One ${wanted?.toLowerCase()} at a time.`);
  return { values, argument };
}

/** One line, such as `Usage: npm run import -- FILE [--map MAP.json] [--dry-run]`. */
export function usageOf(name: CommandName): string {
  const { argument, options }: Command = COMMANDS[name];
  const forms = Object.entries(options).map(([option, { value, required }]) => {
    const form = `--${option}${value ? ` ${value}` : ''}`;
    return required ? form : `[${form}]`;
  });
  const parts = [...(argument ? [argument] : []), ...forms];
  return `Usage: npm run ${name}${parts.length > 0 ? ` -- ${parts.join(' ')}` : ''}`;
}

function helpOf(name: CommandName): string {
  const { summary, options, environment, exitCodes }: Command = COMMANDS[name];
  const rows = Object.entries(options).map(([option, { value, text, default: preset }]) => [
    `--${option}${value ? ` ${value}` : ''}`,
    preset === undefined ? text : `${text} (${preset})`,
  ]);
  const variables = Object.entries(environment);
  const codes = Object.entries({ ...exitCodes, 2: 'wrong arguments' });
  return [
    wrapped(usageOf(name)),
    wrapped(summary),
    section('Options', [...rows, ['-h, --help', 'print this text, and do nothing else']]),
    variables.length > 0 && section('Environment, or .env (all settings: .env.example)', variables),
    section('Exit codes', codes),
  ]
    .filter((part) => part !== false)
    .map((part) => `${part}\n`)
    .join('\n');
}

const LINE_LENGTH = 100;
const wrapped = (text: string): string =>
  text.replaceAll(new RegExp(`(.{1,${LINE_LENGTH}})(?: |$)`, 'g'), '$1\n').trimEnd();

function section(title: string, rows: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map(([first = '']) => first.length));
  return [`${title}:`, ...rows.map(([first = '', text = '']) => `  ${first.padEnd(width)}  ${text}`)].join(
    '\n',
  );
}
