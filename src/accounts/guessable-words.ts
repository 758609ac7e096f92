// Words of the company and of the country that guesses begin with. English passwords are in the list of zxcvbn.
const WORDS = `habi tuhabi property service admin administrador usuario staff
  casa casas apto apartamento vivienda hogar inmueble inmobiliaria propiedad finca lote
  colombia bogota medellin cali barranquilla cartagena bucaramanga pereira manizales cucuta ibague soacha chia antioquia cundinamarca
  mexico cdmx guadalajara monterrey peru argentina venezuela espana
  nacional atletico millonarios millos santafe america junior tolima once caldas futbol seleccion
  contrasena contrasenia clave secreto secreta acceso entrar ingreso hola gracias
  amor teamo tequiero mivida corazon princesa mama papa familia dios jesus cristo maria bebe hermosa angel
  carlos andres camila daniela valentina santiago sebastian alejandro alejandra juan david felipe laura natalia paola
  enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
  lunes martes miercoles jueves viernes sabado domingo verano invierno primavera
  qwerty asdfgh password welcome`
  .split(/\s+/)
  .toSorted((a, b) => b.length - a.length);

// A text of more words is a passphrase.
const ONE_OR_TWO_WORDS = new RegExp(`^(?:mi|el|la|de)?(?:${WORDS.join('|')}){1,2}$`);
const LOOK_ALIKES = ['013457@$!', ['oieastasi', 'oleastasi']] as const;
// Longer than two words with signs.
const MAX_LENGTH = 60;

/**
 * True for one or two of these words, with digits or signs before, between or after them, accents, and look-alikes such as `b0g0ta`.
 * @param password in lower case
 */
export function isGuessable(password: string): boolean {
  if (password.length > MAX_LENGTH) return false;
  const plain = password.normalize('NFD').replaceAll(/\p{M}/gu, '');
  const inner = plain.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  return [plain, inner].some((text) =>
    [text, ...LOOK_ALIKES[1].map((letters) => decode(text, letters))].some((form) =>
      ONE_OR_TWO_WORDS.test(form.replaceAll(/[^a-z]/g, '')),
    ),
  );
}

const decode = (text: string, letters: string): string =>
  [...text].map((sign) => letters[LOOK_ALIKES[0].indexOf(sign)] ?? sign).join('');
