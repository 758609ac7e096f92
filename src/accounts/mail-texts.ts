import type { Mail } from '../mail/mailer.js';

export type MailKind = 'confirm-email' | 'reset-password' | 'password-changed';

type Text = Pick<Mail, 'subject' | 'text'>;

/** Each mail has both languages: the service does not know which one the reader speaks. */
const TEXTS: Record<MailKind, (link: string) => Text> = {
  'confirm-email': (link) => ({
    subject: 'Confirma tu correo / Confirm your email',
    text: `Hola:

Abre este enlace para confirmar tu correo. Sirve una sola vez, durante 48 horas.
Si no creaste una cuenta, ignora este mensaje.

${link}

Hello,

Open the link above to confirm your email. It works once, within 48 hours.
If you did not create an account, ignore this message.
`,
  }),
  'reset-password': (link) => ({
    subject: 'Cambia tu contraseña / Reset your password',
    text: `Hola:

Abre este enlace para elegir una contraseña nueva. Sirve una sola vez, durante una hora.
Si no lo pediste, ignora este mensaje: tu contraseña no cambia.

${link}

Hello,

Open the link above to choose a new password. It works once, within one hour.
If you did not ask for it, ignore this message: your password stays as it is.
`,
  }),
  'password-changed': () => ({
    subject: 'Tu contraseña cambió / Your password was changed',
    text: `Hola:

La contraseña de tu cuenta cambió y se cerraron las demás sesiones.
Si no fuiste tú, pide una contraseña nueva de inmediato.

Hello,

The password of your account was changed, and the other sign-ins have ended.
If it was not you, reset your password at once.
`,
  }),
};

/** The token is in the fragment, which browsers send to no server. */
export const linkOf = (action: MailKind, linkUrl: string, token: string): string =>
  `${linkUrl}#${new URLSearchParams({ action, token }).toString()}`;

export const mailText = (kind: MailKind, linkUrl: string, token: string): Text =>
  TEXTS[kind](linkOf(kind, linkUrl, token));
